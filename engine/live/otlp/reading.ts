import { MalformedOtlp } from '../../otlp/malformed.js';
import { messageOf } from '../../shared/message-of.js';

/** Runs a reader of hostile bytes; whatever it stumbles over becomes `MalformedOtlp`. */
export function readingOtlp<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof MalformedOtlp) throw error;
    const reason = messageOf(error);
    throw new MalformedOtlp(`the request is not a valid ExportTraceServiceRequest: ${reason}`, {
      cause: error,
    });
  }
}
