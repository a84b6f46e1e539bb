import { expect, it } from 'vitest';
import { decodeTraces } from '../../../engine/live/otlp/decode.js';
import { decodePush, joined, MalformedPush } from '../../../server/kafka/push-request.js';
import { traceOf } from '../../live/support.js';
import { pushBytes, pushOf } from './push.js';

it('finds the traces of a record as Tempo writes it, and their spans as one request', () => {
  const traces = decodePush(pushOf(traceOf(1, 'a', 'b'), traceOf(2, 'c')));
  expect(traces).toHaveLength(2);
  expect(traces.map((trace) => decodeTraces(joined([trace])).count)).toEqual([2, 1]);
  expect(decodeTraces(joined(traces)).count).toBe(3);
});

it('passes over fields that it does not know, and those that it has no use for', () => {
  const known = pushBytes({
    traces: [Buffer.from('t')],
    ids: [Buffer.alloc(16)],
    skipMetricsGeneration: true,
  });
  // Field 9 as a varint, field 10 as bytes.
  const newer = Buffer.concat([known, Buffer.from([0x48, 0x01, 0x52, 0x01, 0x00])]);
  expect(decodePush(newer).map((trace) => Buffer.from(trace).toString())).toEqual(['t']);
  expect(decodePush(new Uint8Array())).toEqual([]);
});

it('says of anything else that it is no push', () => {
  const whole = pushOf(traceOf(1, 'a'));
  const broken = [
    whole.subarray(0, whole.length - 1),
    Buffer.from('not protobuf'),
    Buffer.from([0x0b]),
    Buffer.from([0x12, 0xff]),
  ];
  for (const value of broken) expect(() => decodePush(value)).toThrow(MalformedPush);
});
