import fc from 'fast-check';
import { expect, it } from 'vitest';
import { loadWorkspace } from '../../engine/language/link/workspace.js';
import { openStore } from '../../engine/sql/open-store.js';
import { runTests } from '../../engine/testing/run-tests.js';
import { type OtlpSpan, spansOf } from '../../extension/service/trace.js';
import { ruleChoices, ruleFileText } from '../../extension/tests/write-rule.js';
import { runs } from '../support/runs.js';

const TRACE = 'ab'.repeat(16);

interface Made {
  readonly name: string;
  readonly service: string;
  readonly start: number;
  readonly duration: number;
  /** Of the spans before it; itself for none. */
  readonly parent: number;
}

function traceOf(made: readonly Made[]) {
  const idOf = (index: number): string => String(index + 1).padStart(16, '0');
  return spansOf({
    partial: false,
    resourceSpans: made.map(({ service, name, start, duration, parent }, index) => {
      const span: OtlpSpan = {
        traceId: TRACE,
        spanId: idOf(index),
        parentSpanId: parent < index ? idOf(parent) : '',
        ...{ name, kind: 1, attributes: [], events: [], links: [], status: { code: 0, message: '' } },
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

it('is kept by the spans that it was made of, and violated without what each clause demands', async () => {
  const cases = fc.sample(
    fc.tuple(fc.array(made, { minLength: 1, maxLength: 6 }), fc.infiniteStream(fc.boolean())),
    { numRuns: runs(12), seed: 7 },
  );
  const taken = new Set<string>();
  const texts = cases.flatMap(([spans, picks]) => {
    const trace = traceOf(spans);
    const chosen = trace.filter((_, index) => index === 0 || picks.next().value === true);
    const choices = ruleChoices(trace, chosen);
    expect(choices).not.toEqual([]);
    return choices.map((choice) => {
      const text = ruleFileText(choice, { spans: trace, traceId: TRACE, taken });
      taken.add(/^rule (\S+)/.exec(text)![1]!);
      return text;
    });
  });
  const { files, tests } = loadWorkspace(new Map([['a.betrace', texts.join('\n')]]));
  const problems = [...files.values()].flatMap(({ diagnostics }) => diagnostics);
  expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  expect(tests.length).toBeGreaterThan(2 * cases.length);
  const db = await openStore();
  const results = await runTests(db, tests, async () => ({ problem: 'no file' })).finally(() => db.close());
  const wrong = results.filter(({ passed }) => !passed);
  const textOf = (rule: string) => texts.find((text) => text.startsWith(`rule ${rule} `));
  expect(wrong.map(({ test, actual }) => `${actual}\n${textOf(test.item.rule.text)}`)).toEqual([]);
});

it('says what is so, in real names', () => {
  const spans = traceOf([
    { name: 'checkout', service: 'web', start: 0, duration: 90, parent: 9 },
    { name: 'fraud.check', service: 'fraud', start: 5, duration: 10, parent: 0 },
    { name: 'payment.charge_card', service: 'payment', start: 20, duration: 30, parent: 0 },
  ]);
  const choice = ruleChoices(spans, spans.slice(1)).find(({ trigger }) => trigger.service === 'payment');
  const text = ruleFileText(choice!, { spans, traceId: TRACE, taken: new Set() });
  expect(text).toMatch(/^rule fraud-check-before-payment-charge_card \{/);
  expect(text).toContain(
    'when   { name = "payment.charge_card" && resource.service.name = "payment" } as c\n  always { name = "fraud.check" && resource.service.name = "fraud" } before c\n',
  );
  expect(ruleChoices(spans, spans.slice(2)).map(({ clauses: [clause] }) => clause!.text)).toEqual([
    'always { name = "payment.charge_card" && resource.service.name = "payment" } under c',
    'always c.duration < 100ns',
  ]);
});
