import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loadWorkspace } from '../../engine/language/link/workspace.js';
import { testTrace } from '../../engine/testing/test-trace.js';
import {
  type AnyValue,
  boundsOf,
  type KeyValue,
  KINDS,
  type OtlpTrace,
  spansOf,
} from '../../extension/service/trace.js';
import { spansForTest } from '../../extension/tests/evidence-spans.js';
import { testText } from '../../extension/tests/write-test.js';

const RULE = 'rule r {\n  never { name = "x" }\n}\n\n';
const EPOCH = 1_700_000_000_000_000_000n;

/** Reads a test as `betrace test` does. */
function read(text: string) {
  const { files, tests } = loadWorkspace(new Map([['a.betrace', RULE + text]]));
  const errors = files.get('a.betrace')?.diagnostics.filter(({ severity }) => severity === 'error');
  expect(errors, text).toEqual([]);
  const [test] = tests;
  if (test === undefined) throw new Error(`no test in ${text}`);
  return { test, spans: testTrace(test.item.spans, '1').spans };
}

const name = fc.oneof(
  fc.constantFrom(
    'GET /',
    'a"b\\c',
    'line\nbreak',
    'tab\t\u0000\u2028',
    '😀é',
    '',
    "'`{}//",
    'count',
    'event',
  ),
  fc.string(),
);
const key = fc.oneof(
  fc.constantFrom('a', 'http.request.method', 'a b', 'x"y', 'é', 'a..b', 'a-b', 'name', '9'),
  fc.string({ minLength: 1 }),
);
const value: fc.Arbitrary<AnyValue> = fc.oneof(
  fc.record({ stringValue: name }),
  fc.record({ boolValue: fc.boolean() }),
  fc.record({ intValue: fc.bigInt({ min: -(2n ** 63n) + 1n, max: 2n ** 63n - 1n }).map(String) }),
  fc.record({ doubleValue: fc.double({ noNaN: true, noDefaultInfinity: true }) }),
);
const attributes = fc.uniqueArray(fc.record({ key, value }), {
  selector: (generated) => generated.key,
  maxLength: 4,
});

const trace: fc.Arbitrary<OtlpTrace> = fc
  .array(
    fc.record({
      service: name,
      name,
      kind: fc.integer({ min: 1, max: 5 }),
      code: fc.integer({ min: 0, max: 2 }),
      message: name,
      start: fc.bigInt({ min: 0n, max: 10n ** 12n }),
      duration: fc.bigInt({ min: 0n, max: 10n ** 12n }),
      parent: fc.nat(8),
      attributes,
    }),
    { minLength: 1, maxLength: 8 },
  )
  .map((spans) => ({
    partial: false,
    resourceSpans: spans.map((span, n) => ({
      resource: { attributes: [{ key: 'service.name', value: { stringValue: span.service } }] },
      scopeSpans: [
        {
          scope: { name: '', version: '' },
          spans: [
            {
              name: span.name,
              kind: span.kind,
              attributes: span.attributes,
              traceId: 'a'.repeat(32),
              spanId: String(n + 1).padStart(16, '0'),
              parentSpanId: n === 0 || span.parent >= n ? '' : String(span.parent + 1).padStart(16, '0'),
              startTimeUnixNano: String(EPOCH + span.start),
              endTimeUnixNano: String(EPOCH + span.start + span.duration),
              events: [
                {
                  timeUnixNano: String(EPOCH + span.start + 7n),
                  name: span.name,
                  attributes: span.attributes,
                },
              ],
              links: [],
              status: { code: span.code, message: span.message },
            },
          ],
        },
      ],
    })),
  }));

function plain(list: readonly KeyValue[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    list.map((entry) => {
      const { stringValue, boolValue, intValue, doubleValue } = entry.value;
      return [
        entry.key,
        stringValue ?? boolValue ?? (intValue === undefined ? Number(doubleValue) : BigInt(intValue)),
      ];
    }),
  );
}

describe('a test that is made of a trace', () => {
  it('reads back as that trace, whatever is in it', () => {
    fc.assert(
      fc.property(trace, name, (otlp, title) => {
        const spans = spansOf(otlp);
        const { test, spans: back } = read(
          testText({ title, rule: 'r', expectation: 'violation of never#1', traces: [spans] }),
        );
        expect(test.item.title.value).toBe(title);
        const { start: origin } = boundsOf(spans);
        const parents = new Map(spans.map(({ spanId }, n) => [spanId, back[n]?.spanId]));
        expect(
          back.map((span) => ({
            ...span,
            attributes: Object.fromEntries(span.attributes),
            events: span.events.length,
          })),
        ).toMatchObject(
          spans.map((span) => ({
            name: span.name,
            kind: KINDS[span.kind],
            status: ['unset', 'ok', 'error'][span.status.code],
            statusMessage: span.status.message,
            parentSpanId: parents.get(span.parentSpanId) ?? '',
            start: EPOCH + span.start - origin,
            duration: span.duration,
            attributes: plain(span.attributes),
            events: 1,
          })),
        );
        expect(back.map(({ resource }) => resource.get('service.name'))).toEqual(
          spans.map(({ service }) => service),
        );
      }),
      { numRuns: 150 },
    );
  });

  it('keeps what the rule reads', () => {
    const spans = spansOf(
      fc.sample(trace, { seed: 3, numRuns: 1 })[0] ?? { partial: false, resourceSpans: [] },
    );
    const { spans: back } = read(
      testText({ title: 't', rule: 'r', expectation: 'pass', traces: [spans], keep: () => false }),
    );
    expect(back.every(({ attributes: own }) => own.size === 0)).toBe(true);
  });

  it('has the evidence and its ancestors of a trace that is too long for a test', () => {
    const long = spansOf({
      partial: false,
      resourceSpans: [
        {
          resource: { attributes: [] },
          scopeSpans: [
            {
              scope: { name: '', version: '' },
              spans: Array.from({ length: 500 }, (_, n) => ({
                traceId: 'a'.repeat(32),
                spanId: `s${n}`,
                parentSpanId: n === 0 ? '' : `s${Math.floor((n - 1) / 2)}`,
                name: 'x',
                kind: 1,
                startTimeUnixNano: String(n),
                endTimeUnixNano: String(n + 1),
                attributes: [],
                events: [],
                links: [],
                status: { code: 0, message: '' },
              })),
            },
          ],
        },
      ],
    });
    const kept = spansForTest(long, new Set(['s499']));
    const ids = new Set(kept.map(({ spanId }) => spanId));
    for (let n = 499; n > 0; n = Math.floor((n - 1) / 2)) expect(ids).toContain(`s${n}`);
    expect(kept.length).toBeLessThan(80);
    expect(
      kept.every(
        ({ spanId, parentSpanId }) => parentSpanId === '' || ids.has(parentSpanId) || spanId === 's0',
      ),
    ).toBe(true);
  });
});
