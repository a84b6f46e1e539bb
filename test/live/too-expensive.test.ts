/** What is too expensive for a rule is found, named and counted, and costs nothing but itself; no rule stops for ever. */
import { expect, it } from 'vitest';
import type { Evaluator, Judgement } from '../../engine/live/judge/evaluator.js';
import type { TraceSnapshot } from '../../engine/live/judge/snapshot.js';
import { SqlEvaluator } from '../../engine/live/judge/sql-evaluator.js';
import type { CaseTally, CountedBatch } from '../../engine/live/tally.js';
import type { Trace } from '../../engine/otlp/model.js';
import type { Plan } from '../../engine/plan/plan.js';
import { problemOf } from '../../engine/sql/store/problem-of.js';
import { TooSlow } from '../../engine/sql/store/time-limit.js';
import { restOf, TestLive, traceOf } from './support.js';

const RULES = `rule fine { when { name = "charge" } always { name = "check" } }
  rule slow { when { name = "charge" } always { name = "check" } }
  rule slow-now { never { name = "charge" } }`;

/** The rules called slow fail over traces whose spans, squared, add up to more than `most`. */
class Slowing implements Evaluator {
  most = 1000;
  tried = 0;

  private constructor(private readonly sql: SqlEvaluator) {}

  static async open(): Promise<Slowing> {
    const options = { memory: 2 ** 28, threads: 1, ruleLimitMs: 60_000, mostViolations: 10_000 };
    return new Slowing(await SqlEvaluator.open(options));
  }

  close(): void {
    this.sql.close();
  }

  async evaluate(plan: Plan, traces: readonly TraceSnapshot[]): Promise<Judgement> {
    const spans = traces.map(({ pieces }) => pieces.reduce((sum, { rows }) => sum + rows.length, 0));
    const cost = spans.reduce((sum, count) => sum + count ** 2, 0);
    const slow = plan.rules.filter(({ id }) => id.startsWith('slow') && cost > this.most);
    if (slow.length > 0) this.tried++;
    const rules = plan.rules.filter((rule) => !slow.includes(rule));
    const judged = await this.sql.evaluate({ ...plan, rules }, traces);
    const problem = problemOf(new TooSlow(1));
    return { ...judged, failed: [...judged.failed, ...slow.map((rule) => ({ rule, problem }))] };
  }
}

const small = (number: number): Trace => traceOf(number, 'charge');
const large = (number: number): Trace =>
  traceOf(number, 'charge', ...Array.from({ length: 40 }, () => 'other'));

async function started(
  rules = RULES,
  tally?: CaseTally,
): Promise<{ readonly test: TestLive; readonly slowing: Slowing }> {
  const slowing = await Slowing.open();
  const options = { rules, evaluator: slowing, ...(tally === undefined ? {} : { tally }) };
  return { test: await TestLive.start(options), slowing };
}

/** Evidence that hears of nothing. */
const DEAF: CaseTally = {
  ...{ mostIds: 20, changesUpTo: 0, has: () => false, counted: async () => undefined },
  ...{ countedFlows: async () => undefined, changed: async () => undefined },
  ...{ refused: () => undefined, forget: () => undefined, retain: () => undefined },
};

const ofSlow = (test: TestLive, tenant = 'shop') => test.live.counters.of(tenant, 'slow', 'medium');
const SLOW_ONLY = 'rule slow { when { name = "charge" } always { name = "check" } }';

it('one trace among many is judged alone and named; all others have their verdicts', async () => {
  const { test } = await started();
  await test.send(large(1), ...Array.from({ length: 200 }, (_, n) => small(n + 2)));
  await test.wait(6);
  expect(ofSlow(test)).toMatchObject({ violations: 200, tooLarge: 1, whileStopped: 0 });
  expect(test.live.counters.of('shop', 'fine', 'medium').violations).toBe(201);
  expect(test.live.counters.of('shop', 'slow-now', 'medium')).toMatchObject({ violations: 200, tooLarge: 1 });
  expect(test.ruleEvents.sort()).toEqual(['shop slow too large: 1', 'shop slow-now too large: 1']);
});

it('early and closing judgement of one trace are one strike, and nothing adds up over tenants', async () => {
  const { test } = await started();
  await test.sendAs('a', large(1));
  await test.wait(6);
  await test.sendAs('a', large(2));
  await test.sendAs('b', large(3), large(4));
  await test.wait(6);
  expect(test.ruleEvents.filter((event) => event.includes('stopped'))).toEqual([]);
  expect(ofSlow(test, 'a').tooLarge + ofSlow(test, 'b').tooLarge).toBe(4);
});

it('what was found and sent before a trace could not be judged is counted for evidence, as is that it was not', async () => {
  const batches: CountedBatch[] = [];
  const { test } = await started('rule slow-now { never { name = "charge" } }', {
    ...DEAF,
    counted: async (batch) => void batches.push(batch),
  });
  await test.send(small(1));
  await test.wait(1);
  expect(test.emitted).toEqual(['slow-now 1 early']);
  await test.send(restOf(large(1), 1));
  await test.wait(6);
  const violated = batches.flatMap(({ cases }) =>
    cases.flatMap(({ days }) => days.map((day) => day.violated)),
  );
  expect(violated).toEqual([1]);
  expect(batches.flatMap(({ unjudged }) => unjudged.map(({ traces }) => traces))).toEqual([1]);
});

it('a verdict from before late spans came says nothing of those: what could not be judged with them is counted', async () => {
  const unjudged: string[] = [];
  const { test } = await started(SLOW_ONLY, {
    ...DEAF,
    has: () => test.live.counters.judgedTraces > 0,
    changed: async (tenant, { id }, change) => {
      unjudged.push(`${tenant} ${id} ${change.unjudged}`);
    },
  });
  await test.send(small(1));
  await test.wait(6);
  expect(ofSlow(test)).toMatchObject({ violations: 1, tooLarge: 0 });
  await test.send(restOf(large(1), 1));
  await test.wait(6);
  expect(test.ruleEvents).toEqual(['shop slow too large: 1']);
  expect(ofSlow(test)).toMatchObject({ violations: 1, tooLarge: 1 });
  expect(unjudged).toEqual(['shop slow 1']);
});

it('many such traces of one tenant stop the rule for traces as large, of that tenant, for a while', async () => {
  const { test, slowing } = await started(SLOW_ONLY);
  await test.sendAs('attacker', large(1), large(2), large(3), large(4));
  await test.wait(6);
  expect(test.ruleEvents).toContain('attacker slow stopped from 41 spans for 10 s');
  expect(ofSlow(test, 'attacker')).toMatchObject({ tooLarge: 3, whileStopped: 1 });
  const before = slowing.tried;
  await test.sendAs('attacker', large(5), small(6));
  await test.sendAs('victim', small(7));
  await test.wait(6);
  expect(slowing.tried).toBe(before);
  expect(test.emitted.sort()).toEqual(['attacker slow 6 complete', 'victim slow 7 complete']);
  await test.sendAs('attacker', large(8), large(9));
  await test.wait(6);
  expect(test.ruleEvents.slice(-3)).toEqual([
    'attacker slow tried again',
    expect.stringMatching(/too large: [89]$/),
    'attacker slow stopped from 41 spans for 20 s',
  ]);
  slowing.most = 1_000_000;
  await test.wait(21);
  await test.sendAs('attacker', large(10), large(11));
  await test.wait(6);
  expect(test.ruleEvents.slice(-2)).toEqual(['attacker slow tried again', 'attacker slow running again']);
  expect(ofSlow(test, 'attacker').violations).toBe(3);
  expect(ofSlow(test, 'attacker').stopped).toBeUndefined();
});

it('a rule that is slow everywhere backs off, is tried again ever more seldom, and runs again', async () => {
  const { test, slowing } = await started(SLOW_ONLY);
  slowing.most = 0;
  for (let n = 1; n <= 60; n++) {
    await test.send(small(n));
    await test.wait(10);
  }
  const stops = test.ruleEvents.filter((event) => event.includes('stopped'));
  expect(stops.slice(0, 3)).toEqual([10, 20, 40].map((s) => `shop slow stopped from 1 spans for ${s} s`));
  expect(slowing.tried).toBeLessThan(12);
  const { tooLarge, whileStopped } = ofSlow(test);
  expect(tooLarge + whileStopped).toBeGreaterThan(55);
  slowing.most = 1_000_000;
  await test.wait(600);
  await test.send(small(100));
  await test.wait(6);
  expect(test.ruleEvents.at(-1)).toBe('shop slow running again');
  expect(test.emitted).toEqual(['slow 100 complete']);
});

it('many traces that are slow together only are all judged', async () => {
  const { test, slowing } = await started(SLOW_ONLY);
  slowing.most = 30;
  await test.send(...Array.from({ length: 100 }, (_, n) => small(n + 1)));
  await test.wait(6);
  expect(ofSlow(test)).toMatchObject({ violations: 100, tooLarge: 0, whileStopped: 0 });
});
