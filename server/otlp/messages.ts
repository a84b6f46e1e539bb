/** The answers of a receiver, in the forms that clients read. */
import protobuf from 'protobufjs/minimal.js';

/** Spans of a request that were not taken. */
export interface PartialSuccess {
  readonly rejectedSpans: number;
  readonly message: string;
}

const BYTES = 2;
const tag = (field: number, wireType: number): number => (field << 3) | wireType;

/** `ExportTraceServiceResponse`; empty where all was taken. */
export function exportResponse(partial: PartialSuccess | undefined): Uint8Array {
  const writer = protobuf.Writer.create();
  if (partial !== undefined)
    writer
      .uint32(tag(1, BYTES))
      .fork()
      .uint32(tag(1, 0))
      .int64(partial.rejectedSpans)
      .uint32(tag(2, BYTES))
      .string(partial.message)
      .ldelim();
  return writer.finish();
}

/** The same in JSON, with 64-bit integers as text. */
export function exportResponseJson(partial: PartialSuccess | undefined): string {
  if (partial === undefined) return '{}';
  const { rejectedSpans, message } = partial;
  return JSON.stringify({
    partialSuccess: { rejectedSpans: String(rejectedSpans), errorMessage: message },
  });
}

/** `google.rpc.Status`, with a `RetryInfo` where the request may be sent again. */
export function rpcStatus(code: number, message: string, retryAfterSeconds?: number): Uint8Array {
  const writer = protobuf.Writer.create().uint32(tag(1, 0)).int32(code).uint32(tag(2, BYTES)).string(message);
  if (retryAfterSeconds !== undefined) {
    const retryInfo = protobuf.Writer.create()
      .uint32(tag(1, BYTES))
      .fork()
      .uint32(tag(1, 0))
      .int64(retryAfterSeconds)
      .ldelim()
      .finish();
    writer
      .uint32(tag(3, BYTES))
      .fork()
      .uint32(tag(1, BYTES))
      .string('type.googleapis.com/google.rpc.RetryInfo')
      .uint32(tag(2, BYTES))
      .bytes(retryInfo)
      .ldelim();
  }
  return writer.finish();
}
