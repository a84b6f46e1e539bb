import { enabled } from '../../language/link/enabled.js';
import type { ResolvedTraceRule } from '../../language/link/resolved.js';
import { clauseNameAt } from '../../language/words/clause-name.js';
import { isDuration } from '../../plan/duration.js';
import type { FieldPlan } from '../../plan/expression.js';
import { planRules } from '../../plan/lower/lower.js';
import { columnNeeds } from '../../plan/needs.js';
import type { Grid } from '../../query/metrics/grid.js';
import { shownGroup } from '../../query/metrics/partials.js';
import { QueryError } from '../../query/query-error.js';
import { inspectedBy } from '../../query/search.js';
import type { Inspected } from '../../query/search-result.js';
import type { StoredRun } from '../../spans/stored-run.js';
import { type AllTraces, overShares, type WithoutWindow } from '../../spans/traces.js';
import { violationCountSql } from '../../sql/compile/rule/violation-counts.js';
import { PredicateColumns } from '../../sql/compile/scan/predicate-columns.js';
import { evaluateRules } from '../../sql/run/evaluate.js';
import { MATCHED } from '../../sql/tables.js';
import { RULE_FAILED } from '../../verdicts/rule-problem.js';
import type { CountedViolations } from './counted.js';

/** Violations of a rule of one trace, by fields of the span that each is about; they are counted in the database. */
export async function countTraceViolations(
  traces: WithoutWindow<AllTraces>,
  rule: ResolvedTraceRule,
  fields: readonly FieldPlan[],
  grid: Grid,
): Promise<{ readonly counts: readonly CountedViolations[]; readonly inspected: Inspected }> {
  const plan = planRules([enabled(rule)]);
  const needs = columnNeeds(plan.predicates, plan.rules, { stages: [], fields, status: false });
  const window = {
    fromNs: grid.startNs,
    toNs: grid.endNs + 1n,
    holds: 'overlaps',
    withoutOwn: true,
  } as const;
  const durations = fields.map((field) => isDuration({ kind: 'field', field }));
  return await overShares({ ...traces, window }, needs, async ({ all }) => {
    const count = async (run: StoredRun): Promise<readonly CountedViolations[]> => {
      const counts: CountedViolations[] = [];
      const relations = {
        columns: run.columns,
        predicates: new PredicateColumns(plan.predicates, run.columns),
        matched: MATCHED,
      };
      await run.forEachUnit(async (canSplit) => {
        const found: CountedViolations[] = [];
        const { failed } = await evaluateRules(run.db, plan, run.columns, {
          bucketNs: ONE_BUCKET,
          limit: 0,
          canSplit,
          ...(traces.signal === undefined ? {} : { signal: traces.signal }),
          onVerdicts: async (session, verdicts, rulePlan) => {
            const { sql, read } = violationCountSql(rulePlan, verdicts, fields, grid, relations);
            for (const row of await session.rows(sql)) {
              const { clause, group, ...rest } = read(row);
              found.push({
                ...rest,
                clause: clauseNameAt(rulePlan, clause),
                values: shownGroup(group, durations),
              });
            }
          },
        });
        if (failed.some(({ problem }) => problem.code === RULE_FAILED)) await run.checkBlocks();
        for (const { problem } of failed) throw new QueryError(problem.code, problem.message);
        for (const countedViolations of found) counts.push(countedViolations);
      });
      return counts;
    };
    return { counts: (await Promise.all(all.map(count))).flat(), inspected: inspectedBy(all) };
  });
}

/** Counts by time are made elsewhere. */
const ONE_BUCKET = 1n << 62n;
