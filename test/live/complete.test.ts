/** However many violations one batch or one trace has: all of them are found, counted and kept, in bounded memory. */
import { expect, it } from 'vitest';
import { fillRelations } from '../../engine/live/judge/fill.js';
import { Judge } from '../../engine/live/judge/judge.js';
import type { Trace } from '../../engine/otlp/model.js';
import { planRules } from '../../engine/plan/lower/lower.js';
import { Database } from '../../engine/sql/dialects/duckdb/database.js';
import { evaluateRules } from '../../engine/sql/run/evaluate.js';
import { violationId } from '../../engine/verdicts/violation-id.js';
import { snapshotsOf } from './judge/snapshots.js';
import { rulesOf } from './simulation/rules.js';
import { restOf, TestLive, traceOf } from './support.js';

const EACH = 'rule each { when { name = "x" } as x never { name = "x" } }';
const VALUED = 'rule valued { required = true when { name = "x" } as x always x.span.n < 5 }';
const CHECKED = 'rule checked { when { name = "charge" } always { name = "check" } }';

/** Ids of what waits in the outbox to be sent. */
function waiting({ live }: TestLive): readonly string[] {
  return live.outbox
    .take(1_000_000)
    .map(({ key }) => key.split(' ')[0]!)
    .sort();
}

/** Ids of all violations that a replay over these spans finds. */
async function replayed(rules: string, traces: readonly Trace[]): Promise<readonly string[]> {
  const db = await Database.open({ threads: 1 });
  const plan = planRules(rulesOf(rules));
  const columns = await fillRelations(db, snapshotsOf([traces]), plan.needs);
  const found = await evaluateRules(db, plan, columns, { bucketNs: 1n << 62n, limit: 1_000_000 });
  db.close();
  expect(found.failed).toEqual([]);
  return found.rules
    .flatMap(({ rule, violations }) => violations.map((violation) => violationId('shop', rule, violation)))
    .sort();
}

const many = (count: number, name: string): readonly string[] => Array.from({ length: count }, () => name);

it('40,013 traces that break a rule at once are 40,013 violations, under the default bound', async () => {
  const test = await TestLive.start({ rules: CHECKED });
  for (let n = 0; n < 40_013; n += 1000)
    await test.send(
      ...Array.from({ length: Math.min(1000, 40_013 - n) }, (_, k) => traceOf(n + k + 1, 'charge')),
    );
  await test.wait(6);
  const { counters } = test.live;
  expect(counters.of('shop', 'checked', 'medium')).toMatchObject({ violations: 40_013, passed: 0 });
  expect(test.emitted).toHaveLength(40_013);
  expect(new Set(waiting(test)).size).toBe(40_013);
  expect(test.problems).toEqual([]);
});

it('one trace with more violations than the bound has them all, with the ids of a replay', async () => {
  const test = await TestLive.start({ rules: EACH, mostViolations: 7 });
  const trace = traceOf(1, 'root', ...many(100, 'x'));
  await test.send(trace);
  await test.wait(6);
  expect(test.live.counters.of('shop', 'each', 'medium').violations).toBe(100);
  expect(waiting(test)).toEqual(await replayed(EACH, [trace]));
});

it('100,000 violations of one rule have the ids of a replay, and are held 10,000 at a time', async () => {
  const traces = Array.from({ length: 100 }, (_, n) => traceOf(n + 1, ...many(1000, 'x')));
  const judge = await Judge.open({ memory: 2 ** 28, ruleLimitMs: 60_000, mostViolations: 10_000 });
  const { violations } = await judge.judge(
    planRules(rulesOf(VALUED)),
    snapshotsOf(traces.map((trace) => [trace])),
  );
  const ids: string[] = [];
  for await (const { found, failed } of violations()) {
    expect(failed).toEqual([]);
    expect(found.reduce((sum, page) => sum + page.violations.length, 0)).toBe(10_000);
    for (const result of found)
      ids.push(...result.violations.map((violation) => violationId('shop', result.rule, violation)));
  }
  judge.close();
  expect(ids).toHaveLength(100_000);
  expect(ids.sort()).toEqual(await replayed(VALUED, traces));
});

it('counts what passed and what cannot be determined in full, where violations are more than the bound', async () => {
  const rules = 'rule small { when { name = "x" } as x always x.span.n < 5 }';
  const test = await TestLive.start({ rules, mostViolations: 3 });
  const valued = (from: number, value: number): Trace => {
    const trace = traceOf(1, 'root', ...many(60, 'x'));
    const spans = trace.spans.slice(from, from + 20);
    return {
      ...trace,
      spans: spans.map((other) => ({ ...other, attributes: new Map([['n', BigInt(value)]]) })),
    };
  };
  await test.send(traceOf(1, 'root'), valued(1, 1), valued(21, 9), {
    ...restOf(traceOf(1, 'root', ...many(60, 'x')), 41),
  });
  await test.wait(6);
  expect(test.live.counters.of('shop', 'small', 'medium')).toMatchObject({
    passed: 20,
    violations: 20,
    cannotTell: 20,
  });
});

it('retracts exactly what is none any more, where violations are more than the bound', async () => {
  const rules = 'rule each { when { name = "x" } as x never count({ name = "y" }) != 1 }';
  const test = await TestLive.start({ rules, mostViolations: 3 });
  const whole = traceOf(1, 'root', ...many(20, 'x'), 'y', 'y');
  await test.send({ ...whole, spans: whole.spans.slice(0, 21) });
  await test.wait(6);
  const counts = test.live.counters.of('shop', 'each', 'medium');
  expect(counts).toMatchObject({ violations: 20, retracted: 0 });
  await test.send({ ...whole, spans: whole.spans.slice(21, 22) });
  await test.wait(6);
  expect(counts).toMatchObject({ violations: 20, retracted: 20 });
  await test.send({ ...whole, spans: whole.spans.slice(22) });
  await test.wait(6);
  expect(counts).toMatchObject({ violations: 40, retracted: 20 });
});
