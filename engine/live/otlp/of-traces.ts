import type { Trace } from '../../otlp/model.js';
import { groupsOf } from '../../otlp/traces.js';
import { protobufOfGroups } from './write-protobuf.js';

/** An `ExportTraceServiceRequest` of traces, with one resource for each span. */
export function protobufOf(traces: readonly Trace[]): Uint8Array {
  return protobufOfGroups(groupsOf(traces));
}
