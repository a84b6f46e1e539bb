/** What rules find does not depend on the rules that run with them: hits of traces decide some of many that are judged otherwise alone. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Trace } from '../../engine/otlp/model.js';
import { planRules } from '../../engine/plan/lower/lower.js';
import { Database } from '../../engine/sql/dialects/duckdb/database.js';
import { loadTraces } from '../../engine/sql/relations/load.js';
import { evaluateRules } from '../../engine/sql/run/evaluate.js';
import { aRule } from '../support/arbitrary/rule.js';
import { TICK } from '../support/arbitrary/spans.js';
import { fragmented, someTraces } from '../support/arbitrary/trace.js';
import { asResolved } from '../support/evaluation.js';
import type { OracleRule } from '../support/oracle/verdict.js';
import { runs } from '../support/runs.js';

let db: Database;
beforeAll(async () => {
  db = await Database.open({ threads: 2 });
});
afterAll(() => db.close());

/** Several buckets for the spans of a trace. */
const BUCKET = 2n * TICK;

async function found(rules: readonly OracleRule[], traces: readonly Trace[], limit: number) {
  const plan = planRules(rules.map(asResolved));
  const columns = await loadTraces(db, traces, plan.needs);
  const evaluation = await evaluateRules(db, plan, columns, { bucketNs: BUCKET, limit });
  expect(evaluation.failed).toEqual([]);
  return evaluation.rules.map(({ buckets, violations, first, last, missing }) => ({
    buckets,
    violations,
    first,
    last,
    missing,
  }));
}

it('rules find the same together as a few at a time, with counts by time, evidence and values', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(aRule, { minLength: 5, maxLength: 12 }),
      someTraces.chain(fragmented),
      fc.constantFrom(0, 1, 3, 1000),
      async (rules, traces, limit) => {
        const few = [];
        for (let n = 0; n < rules.length; n += 2)
          few.push(...(await found(rules.slice(n, n + 2), traces, limit)));
        expect(await found(rules, traces, limit)).toEqual(few);
      },
    ),
    { numRuns: runs(8) },
  );
});
