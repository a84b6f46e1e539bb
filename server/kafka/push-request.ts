/**
 * What Tempo 3 writes to its topic: a record is a push of one tenant, who is the key of the record. The value is
 * `PushBytesRequest { repeated bytes traces = 2; repeated bytes ids = 3; bool skipMetricsGeneration = 5 }`, and each of its `traces`
 * is a `Trace { repeated ResourceSpans resourceSpans = 1 }` (https://github.com/grafana/tempo, `pkg/tempopb/tempo.proto`, `pkg/ingest/encoding.go`).
 */
import protobuf from 'protobufjs/minimal.js';
import { messageOf } from '../../engine/shared/message-of.js';

const TRACES = (2 << 3) | 2;
const GROUPS = 3;

/** A record that is no push of Tempo; the message says why. */
export class MalformedPush extends Error {
  override readonly name = 'MalformedPush';
}

/** The traces of a record, each an `ExportTraceServiceRequest`, which has its spans in the same field. They point into `value`. Throws `MalformedPush`. */
export function decodePush(value: Uint8Array): readonly Uint8Array[] {
  try {
    const reader = protobuf.Reader.create(value);
    const traces: Uint8Array[] = [];
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      const wireType = tag & 7;
      if (tag === TRACES) traces.push(reader.bytes());
      else if (tag >>> 3 === 0 || wireType === GROUPS) throw new RangeError(`a field has the tag ${tag}`);
      else reader.skipType(wireType);
    }
    return traces;
  } catch (error) {
    throw new MalformedPush(`the value is no PushBytesRequest: ${messageOf(error)}`, { cause: error });
  }
}

/** One request with the spans of all; a copy, so that nothing else of the record is held. */
export function joined(traces: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(traces));
}
