import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hexAt, refusedCount, traceIdAt } from '../../../engine/live/otlp/batch.js';
import { decodeTraces } from '../../../engine/live/otlp/decode.js';
import { protobufOf } from '../../../engine/live/otlp/of-traces.js';
import { protobufOfGroups } from '../../../engine/live/otlp/write-protobuf.js';
import { MalformedOtlp } from '../../../engine/otlp/malformed.js';
import { readOtlpJson } from '../../../engine/otlp/read-json.js';
import type { OtlpSpan } from '../../../engine/otlp/request.js';
import { someTraces } from '../../support/arbitrary/trace.js';
import { runs } from '../../support/runs.js';

const SPAN = {
  traceId: '0102030405060708090a0b0c0d0e0f10',
  spanId: 'a1a2a3a4a5a6a7a8',
  name: 'checkout',
  startTimeUnixNano: '1763798342123456789',
  endTimeUnixNano: '1763798342123456790',
};

/** What the receiver makes of a request in JSON. */
function protobufOfJson(text: string): Uint8Array {
  return protobufOfGroups(readOtlpJson(text).groups);
}

function requestOf(...spans: readonly object[]): Uint8Array {
  return protobufOfJson(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }));
}

describe('decoding a request', () => {
  it('keeps ids, kinds and times to the nanosecond', () => {
    const batch = decodeTraces(
      requestOf({ ...SPAN, parentSpanId: '00000000000000ff', kind: 'SPAN_KIND_CLIENT' }),
    );
    expect(traceIdAt(batch, 0)).toBe(SPAN.traceId);
    expect(hexAt(batch.spanIds, 0, 8)).toBe(SPAN.spanId);
    expect(hexAt(batch.parentIds, 0, 8)).toBe('00000000000000ff');
    expect(batch.kinds[0]).toBe(3);
    expect(batch.starts[0]).toBe(1763798342123456789n);
    expect(batch.durations[0]).toBe(1n);
  });

  it('finds every span of any traces, in order', () => {
    fc.assert(
      fc.property(someTraces, (some) => {
        const batch = decodeTraces(protobufOf(some));
        const expected = some.flatMap(({ traceId, spans }) =>
          spans.map((span) => [traceId, span.spanId, span.parentSpanId, span.start, span.duration]),
        );
        const found = Array.from({ length: batch.count }, (_, n) => [
          traceIdAt(batch, n),
          hexAt(batch.spanIds, n * 8, 8),
          hexAt(batch.parentIds, n * 8, 8).replace(/^0+$/, ''),
          batch.starts[n],
          batch.durations[n],
        ]);
        expect(found).toEqual(expected);
      }),
    );
  });

  it('reads a resource that comes after its spans', () => {
    const whole = protobufOfJson(
      JSON.stringify({
        resourceSpans: [
          {
            resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
            scopeSpans: [{ spans: [SPAN] }],
          },
        ],
      }),
    );
    // One length-delimited ResourceSpans: swap its two fields.
    const inner = whole.subarray(2);
    const resource = inner.subarray(0, 2 + inner[1]!);
    const swapped = Buffer.concat([whole.subarray(0, 2), inner.subarray(resource.length), resource]);
    const [group] = decodeTraces(swapped).groups;
    expect(Buffer.from(swapped.subarray(group!.resource.from, group!.resource.to))).toEqual(
      Buffer.from(resource.subarray(2)),
    );
  });

  it('leaves out and counts spans that no backend could store', () => {
    const { groups } = readOtlpJson(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [SPAN] }] }] }));
    const [
      {
        spans: [span],
        ...group
      },
    ] = groups as [(typeof groups)[0]];
    const parts: readonly Partial<OtlpSpan>[] = [
      { traceId: '' },
      { traceId: '00000000000000000000000000000000' },
      { traceId: 'abcd' },
      { spanId: '0000000000000000' },
      { start: (1n << 64n) - 1n, duration: 0n },
      {},
    ];
    const spans = parts.map((part): OtlpSpan => ({ ...span!, ...part }));
    const batch = decodeTraces(protobufOfGroups([{ ...group, spans }]));
    expect(batch.count).toBe(1);
    expect([...batch.refused.invalid]).toEqual([
      ['trace id', 3],
      ['span id', 1],
      ['time', 1],
    ]);
    expect(refusedCount(batch.refused)).toBe(5);
  });

  it('drops the spans that this product wrote, and no others', () => {
    const marked = (key: string, value: object): object => ({ ...SPAN, attributes: [{ key, value }] });
    const batch = decodeTraces(
      requestOf(
        marked('betrace.violation', { boolValue: true }),
        marked('betrace.retracts', { stringValue: 'a5' }),
        marked('betrace.violation', { boolValue: false }),
        marked('betrace.violations', { boolValue: true }),
      ),
    );
    expect(batch.refused.own).toBe(2);
    expect(batch.count).toBe(2);
  });
});

describe('hostile requests', () => {
  it('are refused as malformed, whatever byte is changed or missing, or decoded', () => {
    const request = protobufOf([...fc.sample(someTraces, { numRuns: 20, seed: 7 })].flat());
    fc.assert(
      fc.property(fc.nat(request.length - 1), fc.nat(255), fc.boolean(), (offset, value, cut) => {
        const hostile = cut ? request.slice(0, offset) : request.slice();
        if (!cut) hostile[offset] = value;
        try {
          const batch = decodeTraces(hostile);
          expect(batch.count).toBeLessThanOrEqual(request.length / 10);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedOtlp);
        }
      }),
      { numRuns: runs(700) },
    );
  });

  it('are refused when they are noise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), (noise) => {
        try {
          decodeTraces(noise);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedOtlp);
        }
      }),
      { numRuns: runs(700) },
    );
  });

  it('cannot make the reader recurse by nesting', () => {
    let value = Buffer.alloc(0);
    for (let depth = 0; depth < 20_000; depth++) {
      const length = value.length;
      const head = [0x2a]; // AnyValue.array_value, which no ArrayValue has: skipped by its length
      for (let rest = length; ; rest >>>= 7) {
        head.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest);
        if (rest <= 0x7f) break;
      }
      value = Buffer.concat([Buffer.from(head), value]);
    }
    expect(() => decodeTraces(value)).not.toThrow(RangeError);
    expect(() => decodeTraces(Buffer.alloc(100_000, 0x0b))).toThrow(MalformedOtlp);
  });
});

describe('the JSON form', () => {
  it.each([
    ['no JSON', '{'],
    ['a list', '[]'],
    ['spans that are no list', '{"resourceSpans":{}}'],
  ])('is refused when it is %s', (_, text) => {
    expect(() => protobufOfJson(text)).toThrow(MalformedOtlp);
  });

  it('may have nothing in it', () => {
    expect(decodeTraces(protobufOfJson('{}')).count).toBe(0);
  });
});
