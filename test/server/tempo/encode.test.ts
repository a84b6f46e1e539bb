/** What the engine found, as Tempo's messages: read back by protobufjs and by a strict reader of JSON, and compared. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ResultValue } from '../../../engine/otlp/named-value.js';
import { anyValue } from '../../../server/tempo/encode/any-value.js';
import { queryInstantResponse, queryRangeResponse } from '../../../server/tempo/encode/metrics.js';
import { searchResponse, searchResponseText } from '../../../server/tempo/encode/search.js';
import { resourceSpans, traceByIdResponse } from '../../../server/tempo/encode/trace.js';
import { messageText } from '../../../server/tempo/proto/json.js';
import { embedded, type Message, message, repeated } from '../../../server/tempo/proto/message.js';
import { KEY_VALUE, type KeyValueList } from '../../../server/tempo/proto/otlp.js';
import { decodeMessage } from '../../../server/tempo/proto/read.js';
import {
  BATCHES_TRACE,
  QUERY_INSTANT_RESPONSE,
  QUERY_RANGE_RESPONSE,
  SEARCH_RESPONSE,
  TRACE_BY_ID_RESPONSE,
  TRACE as TRACE_MESSAGE,
} from '../../../server/tempo/proto/tempopb.js';
import { encodeMessage } from '../../../server/tempo/proto/write.js';
import { decodeProtobuf, decodeStrictly, sorted } from './decode.js';
import { INSPECTED, METRICS, PARTLY_INSPECTED, SEARCH, TRACE } from './made-results.js';

/** The JSON of a message, once it is certain that its protobuf form says the same. */
function bothWays<T>(name: string, type: Message<T>, value: T): unknown {
  const json = decodeStrictly(name, messageText(type, value));
  const bytes = encodeMessage(type, value);
  expect(sorted(decodeProtobuf(name, bytes))).toEqual(sorted(json));
  expect(messageText(type, decodeMessage(type, bytes))).toBe(messageText(type, value));
  return json;
}

interface FoundJson {
  readonly traces: readonly [TraceJson, TraceJson];
  readonly metrics: unknown;
}

interface TraceJson {
  readonly rootServiceName?: string;
  readonly rootTraceName?: string;
  readonly durationMs?: number;
  readonly spanSet?: unknown;
  readonly spanSets: readonly [
    { readonly spans: readonly [{ readonly attributes: unknown }]; readonly attributes: unknown },
  ];
  readonly serviceStats?: object;
}

describe('a search', () => {
  const json = bothWays('SearchResponse', SEARCH_RESPONSE, searchResponse(SEARCH)) as FoundJson;
  const [whole, rootless] = json.traces;

  it('has the text that commands print', () => {
    expect(JSON.parse(searchResponseText(SEARCH))).toEqual(json);
  });

  it('writes ids without leading zeros, times as text, durations in milliseconds', () => {
    expect(whole).toMatchObject({
      traceID: 'd1c5f0ef1f8ccaa24415f7d3b3c01',
      rootServiceName: 'frontend',
      rootTraceName: 'POST /checkout',
      startTimeUnixNano: '1795132800123456789',
      durationMs: 1234,
      serviceStats: { frontend: { spanCount: 3, errorCount: 1 }, payment: { spanCount: 2 } },
    });
    expect(Object.hasOwn(whole.serviceStats ?? {}, '__proto__')).toBe(true);
  });

  it('says of a trace without a root what Tempo says, and bounds its duration to 32 bits', () => {
    const { rootServiceName, rootTraceName, durationMs } = rootless;
    expect([rootServiceName, rootTraceName]).toEqual(['<root span not yet received>', undefined]);
    expect(durationMs).toBe(4_294_967_295);
  });

  it('repeats the only spanset where old clients look for it, and no group of several', () => {
    expect(whole.spanSet).toEqual(whole.spanSets[0]);
    expect(rootless).not.toHaveProperty('spanSet');
    expect(rootless.spanSets).toEqual([
      {},
      { matched: 1, spans: [{ spanID: 'ffffffffffffffff', startTimeUnixNano: '1' }] },
    ]);
  });

  it('gives each value its type', () => {
    const [{ spans, attributes }] = whole.spanSets;
    expect(attributes).toEqual([
      { key: 'by(resource.service.name)', value: { stringValue: 'payment' } },
      { key: 'avg(duration)', value: { stringValue: '1.966577633s' } },
      { key: 'count()', value: { intValue: '7' } },
    ]);
    expect(spans[0].attributes).toEqual([
      { key: 'amount', value: { doubleValue: 1234.5 } },
      { key: 'retries', value: { intValue: '0' } },
      { key: 'min', value: { intValue: '-9223372036854775808' } },
      { key: 'max', value: { intValue: '9223372036854775807' } },
      { key: 'cached', value: { boolValue: false } },
      { key: 'tags', value: { arrayValue: { values: [{ stringValue: 'a' }, { stringValue: '' }] } } },
      { key: 'none', value: { arrayValue: {} } },
      { key: 'missing', value: { stringValue: 'nil' } },
      { key: 'ratio', value: { doubleValue: 'NaN' } },
      { key: 'empty', value: { stringValue: '' } },
    ]);
  });

  it('says what was read', () => {
    expect(json.metrics).toEqual({
      inspectedTraces: 1200,
      inspectedBytes: '3000000000',
      totalBlocks: 2,
      completedJobs: 2,
      totalJobs: 2,
      totalBlockBytes: '3000000000',
      inspectedSpans: '13466',
    });
  });

  it('shows a block that could not be read as a job that did not complete', () => {
    const partial = searchResponse({ traces: [], inspected: PARTLY_INSPECTED });
    expect(bothWays('SearchResponse', SEARCH_RESPONSE, partial)).toMatchObject({
      metrics: { totalBlocks: 3, totalJobs: 3, completedJobs: 2 },
    });
  });
});

describe('time series', () => {
  it('have labels with types, and samples and exemplars with times as text', () => {
    const json = bothWays('QueryRangeResponse', QUERY_RANGE_RESPONSE, queryRangeResponse(METRICS));
    expect(json).toMatchObject({
      series: [
        {
          labels: [
            { key: 'resource.service.name', value: { stringValue: 'agent' } },
            { key: 'p', value: { doubleValue: 0.99 } },
          ],
          samples: [
            { timestampMs: '1795122000000' },
            { timestampMs: '1795132800000', value: 7.223245 },
            { timestampMs: '1795143600000', value: 'NaN' },
            { timestampMs: '1795154400000', value: 'Infinity' },
          ],
          exemplars: [
            {
              timestampMs: '1795132800001',
              value: 1.5,
              labels: [
                { key: 'http.status_code', value: { intValue: '200' } },
                { key: 'trace:id', value: { stringValue: '0a0d1c5f0ef1f8ccaa24415f7d3b3c01' } },
              ],
            },
          ],
        },
        { labels: [{ key: 'span.cache.hit', value: { boolValue: false } }] },
        { labels: [{ key: 'span.processor', value: { stringValue: 'nil' } }] },
      ],
    });
    expect(json).not.toHaveProperty('status');
  });

  it('at an instant have one value, and are left out where they have none', () => {
    const instant = queryInstantResponse({
      inspected: INSPECTED,
      series: METRICS.series.map((series) => ({ ...series, samples: series.samples.slice(1, 2) })),
    });
    expect(bothWays('QueryInstantResponse', QUERY_INSTANT_RESPONSE, instant)).toMatchObject({
      series: [{ labels: [{}, {}], value: 7.223245 }],
    });
    expect(instant.series).toHaveLength(1);
  });

  it.each([
    ['QueryRangeResponse', QUERY_RANGE_RESPONSE, queryRangeResponse],
    ['QueryInstantResponse', QUERY_INSTANT_RESPONSE, queryInstantResponse],
  ] as const)('in a %s say that they are partial', (name, type, response) => {
    const partial = response({ series: [], inspected: PARTLY_INSPECTED });
    expect(bothWays(name, type as Message<typeof partial>, partial)).toMatchObject({
      status: 'PARTIAL',
      message: 'could not read block 3f405dc2-1a2f-430e-b522-de64d72804b1: a page ends early (BT4010)',
    });
  });
});

describe('a trace', () => {
  it('is the same in both versions, which call it by other names', () => {
    const spans = resourceSpans(TRACE);
    const v1 = bothWays('BatchesTrace', BATCHES_TRACE, { batches: spans }) as { readonly batches: unknown };
    const wire = bothWays('Trace', TRACE_MESSAGE, { resourceSpans: spans }) as {
      readonly resourceSpans: unknown;
    };
    const v2 = bothWays('TraceByIDResponse', TRACE_BY_ID_RESPONSE, traceByIdResponse(TRACE)) as {
      readonly trace: { readonly resourceSpans: unknown };
    };
    expect(v1.batches).toEqual(wire.resourceSpans);
    expect(v2.trace.resourceSpans).toEqual(wire.resourceSpans);
  });

  it('has ids in base64, times as text, and kinds and codes by name', () => {
    const json = bothWays('Trace', TRACE_MESSAGE, { resourceSpans: resourceSpans(TRACE) });
    expect(json).toMatchObject({
      resourceSpans: [
        {
          resource: {
            attributes: [
              { key: 'service.name', value: { stringValue: 'payment' } },
              { key: 'empty', value: {} },
            ],
            droppedAttributesCount: 1,
          },
          scopeSpans: [
            {
              scope: { name: 'otel', version: '1.2.3' },
              spans: [
                {
                  traceId: 'AA0cXw7x+MyqJEFffTs8AQ==',
                  spanId: 'APBnqgupArc=',
                  traceState: 'ot=th:8',
                  kind: 'SPAN_KIND_SERVER',
                  startTimeUnixNano: '1795132800200000001',
                  endTimeUnixNano: '1795132800700000001',
                  droppedAttributesCount: 3,
                  events: [{ timeUnixNano: '1795132800300000000', name: 'exception' }],
                  droppedEventsCount: 2,
                  links: [{ traceId: '////////////////////AQ==', spanId: 'ERERERERERE=' }],
                  droppedLinksCount: 1,
                  status: { code: 'STATUS_CODE_ERROR', message: 'declined' },
                },
                { spanId: 'APBnqgupArg=', parentSpanId: 'APBnqgupArc=', status: {} },
              ],
            },
          ],
        },
      ],
    });
  });

  it('that was not found is there and empty, as Grafana reads it without a look', () => {
    const missing = traceByIdResponse({ ...TRACE, resourceSpans: [] });
    expect(bothWays('TraceByIDResponse', TRACE_BY_ID_RESPONSE, missing)).toEqual({
      trace: {},
      metrics: { inspectedBytes: '3000000000' },
    });
  });

  it('says that it is partial', () => {
    const partial = traceByIdResponse({ ...TRACE, inspected: PARTLY_INSPECTED });
    expect(bothWays('TraceByIDResponse', TRACE_BY_ID_RESPONSE, partial)).toMatchObject({ status: 'PARTIAL' });
  });
});

describe('any value', () => {
  const LABELS = message<KeyValueList>('KeyValueList', { values: repeated(embedded(1, () => KEY_VALUE)) });
  const scalar = (): fc.Arbitrary<string | bigint | number | boolean> =>
    fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      // JSON has no zero with a sign.
      fc.double().map((double) => (double === 0 ? 0 : double)),
      fc.boolean(),
    );
  const value: fc.Arbitrary<ResultValue> = fc.oneof(scalar(), fc.array(scalar()), fc.constant(null));

  it('is the same in both forms', () => {
    fc.assert(
      fc.property(value, (generated) => {
        bothWays('KeyValueList', LABELS, { values: [{ key: 'one', value: anyValue(generated) }] });
      }),
    );
  });
});

describe('reading', () => {
  it('skips what it does not know, and throws on broken bytes', () => {
    const bytes = encodeMessage(SEARCH_RESPONSE, searchResponse(SEARCH));
    const unknown = Uint8Array.from([...bytes, 0xf8, 0x07, 0x01]);
    expect(decodeMessage(SEARCH_RESPONSE, unknown)).toEqual(decodeMessage(SEARCH_RESPONSE, bytes));
    for (const length of [1, 10, bytes.length - 1])
      expect(() => decodeMessage(SEARCH_RESPONSE, bytes.subarray(0, length))).toThrow();
  });

  it('never hangs nor fails otherwise than by throwing', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        try {
          decodeMessage(SEARCH_RESPONSE, bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
    );
  });
});
