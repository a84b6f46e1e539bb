/** One reader for files, tests and the receiver: what senders and tools make of OTLP's JSON. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MalformedOtlp } from '../../engine/otlp/malformed.js';
import type { Attributes, Trace } from '../../engine/otlp/model.js';
import { readOtlpJson } from '../../engine/otlp/read-json.js';
import { tracesOf } from '../../engine/otlp/traces.js';
import { jsonOf } from '../../engine/otlp/write-json.js';
import { someTraces } from '../support/arbitrary/trace.js';

const TRACE_ID = '0102030405060708090a0b0c0d0e0f10';
const SPAN_ID = 'a1a2a3a4a5a6a7a8';
const SPAN = {
  traceId: TRACE_ID,
  spanId: SPAN_ID,
  name: 'checkout',
  startTimeUnixNano: '1763798342123456789',
  endTimeUnixNano: '1763798342123456790',
};

function request(span: object = SPAN): object {
  return { resourceSpans: [{ scopeSpans: [{ scope: { name: 'lib' }, spans: [span] }] }] };
}
function read(json: unknown): readonly Trace[] {
  const { groups, refused } = readOtlpJson(typeof json === 'string' ? json : JSON.stringify(json));
  expect(refused).toEqual([]);
  return tracesOf(groups);
}
function refusedBy(span: object): readonly unknown[] {
  const { groups, refused } = readOtlpJson(JSON.stringify(request({ ...SPAN, ...span })));
  expect(groups.flatMap(({ spans }) => spans)).toEqual([]);
  return refused.map(({ reason, message }) => [reason, message]);
}
const attribute = (value: object): object => ({ attributes: [{ key: 'k', value }] });

describe('OTLP JSON', () => {
  it('is read as it was written', () => {
    fc.assert(
      fc.property(someTraces, (traces) => {
        expect(read(jsonOf(traces))).toEqual(traces);
      }),
    );
  });

  const [whole] = read(request());
  it.each([
    ['an array of requests', [request()]],
    ['with a byte order mark', `\ufeff${JSON.stringify(request())}`],
    ['laid out over lines', JSON.stringify(request(), undefined, 2)],
    ['as Tempo answers', { batches: (request() as { resourceSpans: unknown }).resourceSpans }],
    ['as Tempo answers by its second API', { trace: request() }],
    ['as Jaeger answers by its third API', { result: request() }],
    ['ids in base64', request({ ...SPAN, traceId: 'AQIDBAUGBwgJCgsMDQ4PEA==', spanId: 'oaKjpKWmp6g=' })],
    ['ids in capitals', request({ ...SPAN, traceId: TRACE_ID.toUpperCase() })],
    ['a parent of zeros', request({ ...SPAN, parentSpanId: '0000000000000000' })],
    ['a parent of zeros in base64', request({ ...SPAN, parentSpanId: 'AAAAAAAAAAA=' })],
    ['the enum by number', request({ ...SPAN, kind: 0, status: { code: 0 } })],
    [
      'the enum by name',
      request({ ...SPAN, kind: 'SPAN_KIND_UNSPECIFIED', status: { code: 'STATUS_CODE_UNSET' } }),
    ],
    [
      'the older name of scopes',
      {
        resourceSpans: [
          { instrumentationLibrarySpans: [{ instrumentationLibrary: { name: 'lib' }, spans: [SPAN] }] },
        ],
      },
    ],
  ])('is read %s', (_, json) => expect(read(json)).toEqual([whole]));

  it('is read a request a line, as the file exporter of the Collector writes it', () => {
    const lines = `${JSON.stringify(request())}\r\n\n${JSON.stringify(request({ ...SPAN, spanId: 'ff' }))}\n`;
    expect(read(lines)[0]?.spans.map(({ spanId }) => spanId)).toEqual([SPAN_ID, '00000000000000ff']);
    expect(() => readOtlpJson(`${JSON.stringify(request())}\n{`)).toThrow(/^line 2 is not JSON: /);
  });

  it('has ids of 64 bits where senders do', () => {
    expect(read(request({ ...SPAN, traceId: '463ac35c9f6413ad' }))[0]?.traceId).toBe(
      '0000000000000000463ac35c9f6413ad',
    );
  });

  it('keeps integers of 64 bits, and what is no number among doubles', () => {
    const values = (value: object): Attributes =>
      read(request({ ...SPAN, ...attribute(value) }))[0]!.spans[0]!.attributes;
    expect(values({ intValue: '-9223372036854775808' }).get('k')).toBe(-9223372036854775808n);
    expect(values({ intValue: 5 }).get('k')).toBe(5n);
    expect(values({ doubleValue: 'NaN' }).get('k')).toBeNaN();
    expect(values({ doubleValue: '-Infinity' }).get('k')).toBe(Number.NEGATIVE_INFINITY);
    expect(values({ doubleValue: '1.5' }).get('k')).toBe(1.5);
    expect(values({ kvlistValue: { values: [] } }).size).toBe(0);
  });
});

describe('a span that cannot be read as it was meant', () => {
  it.each([
    [attribute({ intValue: 'x' }), 'attribute "k" is "x", which is not an integer of 64 bits'],
    [attribute({ intValue: 1.5 }), 'attribute "k" is 1.5, which is not an integer of 64 bits'],
    [attribute({ intValue: '9223372036854775808' }), /not an integer of 64 bits$/],
    [attribute({ doubleValue: 'fast' }), 'attribute "k" is "fast", which is not a number'],
    [attribute({ boolValue: 'true' }), 'attribute "k" is "true", which is not true or false'],
    [attribute({ stringValue: 5 }), 'attribute "k" is 5, which is not a text'],
    [attribute({ arrayValue: { values: [{ intValue: 'x' }] } }), /^attribute "k" is "x"/],
    [{ startTimeUnixNano: 'now' }, '"startTimeUnixNano" is "now", which is not a time in nanoseconds'],
    [{ events: [{ timeUnixNano: -1 }] }, 'the time of an event is -1, which is not a time in nanoseconds'],
    [{ links: {} }, '"links" is not a list'],
    [{ parentSpanId: 'none' }, 'its "parentSpanId" is no span id'],
  ])('is reported: %j', (span, message) => {
    const expected = message instanceof RegExp ? expect.stringMatching(message) : message;
    const [[reason, text]] = refusedBy(span) as [[string, string]];
    expect([reason, text.replace('span "checkout": ', '')]).toEqual(['value', expected]);
  });

  it.each([
    [{ traceId: '' }, 'trace id'],
    [{ traceId: '0'.repeat(32) }, 'trace id'],
    [{ traceId: 'no id' }, 'trace id'],
    [{ spanId: '0000000000000000' }, 'span id'],
    [{ spanId: undefined }, 'span id'],
  ])('has no id: %j', (span, reason) => {
    expect(refusedBy(span)).toEqual([[reason, expect.stringContaining('span "checkout": it has no valid')]]);
  });

  it('costs no other span; what its resource says costs all of it', () => {
    const spans = [
      { ...SPAN, ...attribute({ intValue: 'x' }) },
      { ...SPAN, spanId: 'ff' },
    ];
    const partly = readOtlpJson(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }));
    expect([partly.refused.length, partly.groups[0]?.spans.length]).toEqual([1, 1]);
    const resource = attribute({ boolValue: 1 });
    const all = readOtlpJson(
      JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: [SPAN] }] }] }),
    );
    expect(all.refused.map(({ message }) => message)).toEqual([
      'span "checkout": resource attribute "k" is 1, which is not true or false',
    ]);
  });
});

describe('what is no OTLP JSON', () => {
  it.each([
    ['{', /^this is not JSON: /],
    ['[]', /no "resourceSpans" found/],
    ['[1]', /no "resourceSpans" found/],
    ['{"spans":[]}', /no "resourceSpans" found/],
    ['{"resourceSpans":{}}', /"resourceSpans" is not a list/],
    ['{"data":[{"traceID":"1","spans":[{}],"processes":{}}]}', /JSON of Jaeger's older API.*api\/v3\/traces/],
    ['[{"traceId":"5","id":"1","name":"get"}]', /JSON of Zipkin.*zipkin receiver/],
  ])('is refused and called by its name: %s', (text, message) => {
    expect(() => readOtlpJson(text)).toThrow(MalformedOtlp);
    expect(() => readOtlpJson(text)).toThrow(message);
  });

  it('never makes anything else of noise', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        try {
          readOtlpJson(text);
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedOtlp);
        }
      }),
    );
  });
});
