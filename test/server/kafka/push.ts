/** Records as Tempo writes them, made by protobufjs from the messages of Tempo. */
import protobuf from 'protobufjs';
import { protobufOf } from '../../../engine/live/otlp/of-traces.js';
import type { Trace } from '../../../engine/otlp/model.js';

const { root } = protobuf.parse(`
  syntax = "proto3";
  message PushBytesRequest {
    repeated bytes traces = 2;
    repeated bytes ids = 3;
    bool skipMetricsGeneration = 5;
  }
`);
const PushBytesRequest = root.lookupType('PushBytesRequest');

export interface Push {
  readonly traces: readonly Uint8Array[];
  readonly ids?: readonly Uint8Array[];
  readonly skipMetricsGeneration?: boolean;
}

export function pushBytes(push: Push): Uint8Array {
  return PushBytesRequest.encode(PushBytesRequest.create({ ...push })).finish();
}

/** As the distributor of Tempo does: each trace by itself, with its id. */
export function pushOf(...traces: readonly Trace[]): Uint8Array {
  return pushBytes({
    traces: traces.map((trace) => protobufOf([trace])),
    ids: traces.map(({ traceId }) => Buffer.from(traceId, 'hex')),
  });
}
