/** Which violations are listed, where there are more than that. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadWorkspace } from '../../engine/language/link/workspace.js';
import type { Trace } from '../../engine/otlp/model.js';
import { planRules } from '../../engine/plan/lower/lower.js';
import { Database } from '../../engine/sql/dialects/duckdb/database.js';
import { loadTraces } from '../../engine/sql/relations/load.js';
import { evaluateRules } from '../../engine/sql/run/evaluate.js';
import { span, traceId } from '../support/arbitrary/spans.js';

let db: Database;
beforeAll(async () => {
  db = await Database.open({ threads: 2 });
});
afterAll(() => db.close());

const PLAN = planRules(
  loadWorkspace(
    new Map([
      [
        'listed.betrace',
        `rule pairs { when { name = "a" } as x and { name = "a" } as y never x overlaps y }
         rule traces { never { name = "a" } }`,
      ],
    ]),
  ).rules,
);

/** Four spans at one time in each trace. */
const TRACES: readonly Trace[] = [1, 2, 3].map((n) => ({
  traceId: traceId(n),
  spans: [1, 2, 3, 4].map((id) => span(id, undefined)),
}));

async function listed(traces: readonly Trace[], limit: number): Promise<readonly string[]> {
  const columns = await loadTraces(db, traces, PLAN.needs);
  const { rules } = await evaluateRules(db, PLAN, columns, { bucketNs: 1n << 60n, limit });
  return rules.flatMap(({ rule, violations }) =>
    violations.map(({ traceId, evidence }) => {
      const bound = evidence.filter((evident) => evident.bound !== undefined);
      return [rule.id, traceId, ...bound.map(({ spanId }) => spanId)].join(' ');
    }),
  );
}

it.each([1, 2, 5, 100])(
  'are the same %i of those that happen at one time, in any order of spans',
  async (limit) => {
    const backwards = [...TRACES].reverse().map((trace) => ({ ...trace, spans: [...trace.spans].reverse() }));
    const found = await listed(TRACES, limit);
    expect(found).toHaveLength(Math.min(limit, 36) + Math.min(limit, 3));
    expect(await listed(backwards, limit)).toEqual(found);
  },
);
