import { MalformedOtlp } from '../../otlp/malformed.js';

/** Runs a reader of hostile bytes; whatever it stumbles over becomes `MalformedOtlp`. */
export function readingOtlp<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof MalformedOtlp) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new MalformedOtlp(`the request is not a valid ExportTraceServiceRequest: ${reason}`, {
      cause: error,
    });
  }
}
