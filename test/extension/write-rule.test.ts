import fc from 'fast-check';
import { expect, it } from 'vitest';
import { loadWorkspace } from '../../engine/language/link/workspace.js';
import { openStore } from '../../engine/sql/open-store.js';
import { runTests } from '../../engine/testing/run-tests.js';
import { type OtlpSpan, type Span, spansOf } from '../../extension/service/trace.js';
import { ruleChoices, ruleFileText } from '../../extension/tests/write-rule.js';
import { runs } from '../support/runs.js';

const TRACES = ['ab', 'cd', 'ef'].map((byte) => byte.repeat(16));

interface Made {
  readonly name: string;
  readonly service: string;
  readonly start: number;
  readonly duration: number;
  /** Of the spans before it; itself for none. */
  readonly parent: number;
  readonly order?: string;
}

/** @param linked a trace that the first span links to */
function traceOf(made: readonly Made[], traceId = TRACES[0]!, linked?: string) {
  const idOf = (index: number): string => String(index + 1).padStart(16, '0');
  return spansOf({
    partial: false,
    resourceSpans: made.map(({ service, name, start, duration, parent, order }, index) => {
      const span: OtlpSpan = {
        traceId,
        spanId: idOf(index),
        parentSpanId: parent < index ? idOf(parent) : '',
        ...{ name, kind: 1, events: [], status: { code: 0, message: '' } },
        attributes: order === undefined ? [] : [{ key: 'order.id', value: { stringValue: order } }],
        links:
          linked === undefined || index > 0 ? [] : [{ traceId: linked, spanId: idOf(0), attributes: [] }],
        startTimeUnixNano: String(1000 + start),
        endTimeUnixNano: String(1000 + start + duration),
      };
      const resource = { attributes: [{ key: 'service.name', value: { stringValue: service } }] };
      return { resource, scopeSpans: [{ scope: { name: '', version: '' }, spans: [span] }] };
    }),
  });
}

const made = fc.record({
  name: fc.constantFrom('fraud.check', 'payment.charge_card', 'GET /"a"', '{x}'),
  service: fc.constantFrom('shop', 'a "b"'),
  start: fc.nat(20),
  duration: fc.integer({ min: 1, max: 12 }),
  parent: fc.nat(6),
});

/** The texts of all rules that these spans make, and how many. */
function rulesOf(
  traces: readonly (readonly Span[])[],
  chosen: readonly Span[],
  taken: Set<string>,
): readonly string[] {
  return ruleChoices(traces, chosen).map((choice) => {
    const text = ruleFileText(choice, traces, taken);
    taken.add(/^rule (\S+)/.exec(text)![1]!);
    return text;
  });
}

/** Tests of these texts that do not come out as they say, with what came and the text. */
async function failures(texts: readonly string[]): Promise<readonly string[]> {
  const { files, tests } = loadWorkspace(new Map([['a.betrace', texts.join('\n')]]));
  const problems = [...files.values()].flatMap(({ diagnostics }) => diagnostics);
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  expect(tests.length).toBeGreaterThan(texts.length);
  const db = await openStore();
  const results = await runTests(db, tests, async () => ({ problem: 'no file' })).finally(() => db.close());
  const textOf = (rule: string) => texts.find((text) => text.startsWith(`rule ${rule} `));
  return results
    .filter(({ passed }) => !passed)
    .map(({ test, actual }) => `${actual}\n${textOf(test.item.rule.text)}`);
}

it('is kept by the spans that it was made of, and violated without what each clause demands', async () => {
  const cases = fc.sample(
    fc.tuple(fc.array(made, { minLength: 1, maxLength: 6 }), fc.infiniteStream(fc.boolean())),
    { numRuns: runs(24), seed: 7 },
  );
  const taken = new Set<string>();
  const texts = cases.flatMap(([spans, picks]) => {
    const trace = traceOf(spans);
    const chosen = trace.filter((_, index) => index === 0 || picks.next().value === true);
    const found = rulesOf([trace], chosen, taken);
    expect(found).not.toEqual([]);
    return found;
  });
  expect(await failures(texts)).toEqual([]);
});

it('is one across traces of spans of several', async () => {
  const several = fc.array(fc.array(made, { minLength: 1, maxLength: 2 }), { minLength: 2, maxLength: 3 });
  const cases = fc.sample(fc.tuple(several, fc.infiniteStream(fc.boolean()), fc.boolean()), {
    numRuns: runs(16),
    seed: 11,
  });
  const taken = new Set<string>();
  const texts = cases.flatMap(([spans, picks, keyed]) => {
    const traces = spans.map((ofTrace, index) =>
      traceOf(
        ofTrace.map((span) => ({ ...span, ...(keyed ? { order: 'o-1' } : {}) })),
        TRACES[index]!,
        keyed ? undefined : TRACES[0]!,
      ),
    );
    const chosen = traces.flatMap((trace) =>
      trace.filter((_, index) => index === 0 || picks.next().value === true),
    );
    const found = rulesOf(traces, chosen, taken);
    if (keyed) expect(found).not.toEqual([]);
    return found;
  });
  expect(texts.filter((text) => text.includes('across span.order.id within'))).not.toEqual([]);
  expect(texts.filter((text) => text.includes('across links within'))).not.toEqual([]);
  expect(await failures(texts)).toEqual([]);
});

it('is none of spans of several traces that have nothing in common', () => {
  const span = { name: 'a', service: 'b', start: 0, duration: 1, parent: 9 };
  const traces = [traceOf([span]), traceOf([{ ...span, order: 'o-1' }], TRACES[1]!)];
  expect(ruleChoices(traces, traces.flat())).toEqual([]);
});

it('says what is so, in real names', () => {
  const spans = traceOf([
    { name: 'checkout', service: 'web', start: 0, duration: 90, parent: 9 },
    { name: 'fraud.check', service: 'fraud', start: 5, duration: 10, parent: 0 },
    { name: 'payment.charge_card', service: 'payment', start: 20, duration: 30, parent: 0 },
  ]);
  const choice = ruleChoices([spans], spans.slice(1)).find(({ trigger }) => trigger.service === 'payment');
  const text = ruleFileText(choice!, [spans], new Set());
  expect(text).toMatch(/^rule fraud-check-before-payment-charge_card \{/);
  expect(text).toContain(
    'when   { name = "payment.charge_card" && resource.service.name = "payment" } as c\n  always { name = "fraud.check" && resource.service.name = "fraud" } before c\n',
  );
  expect(ruleChoices([spans], spans.slice(2)).map(({ clauses: [clause] }) => clause!.text)).toEqual([
    'always { name = "payment.charge_card" && resource.service.name = "payment" } under c',
    'always c.duration < 100ns',
  ]);
});
