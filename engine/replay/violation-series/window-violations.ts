import { enabled } from '../../language/link/enabled.js';
import type { ResolvedWindowRule } from '../../language/link/resolved.js';
import { clauseNameAt } from '../../language/words/clause-name.js';
import { type Grid, intervalOf } from '../../query/metrics/grid.js';
import { QueryError } from '../../query/query-error.js';
import type { Inspected } from '../../query/search-result.js';
import type { AllTraces, WithoutWindow } from '../../spans/traces.js';
import { replayOver } from '../over/replay-over.js';
import type { CountedViolations } from './counted.js';

/** More than anybody can look at; a part of them would be counts that look whole. */
const MAX_VIOLATIONS = 1_000_000;

/** Violated windows of a rule over many traces, by labels of its series; a label that they have not is null. */
export async function countWindowViolations(
  traces: WithoutWindow<AllTraces>,
  rule: ResolvedWindowRule,
  labels: readonly string[],
  grid: Grid,
): Promise<{ readonly counts: readonly CountedViolations[]; readonly inspected: Inspected }> {
  let inspected: Inspected | undefined;
  const [found] = await replayOver({
    ...traces,
    window: {},
    rules: [enabled(rule)],
    range: { fromNs: grid.startNs, toNs: grid.endNs, open: { from: true, to: true } },
    bucketNs: 1n << 62n,
    limit: MAX_VIOLATIONS,
    onInspected: (what) => {
      inspected = what;
    },
  });
  if (found?.problem !== undefined) throw new QueryError(found.problem.code, found.problem.message);
  if (found === undefined || inspected === undefined) throw new Error('a rule without a result');
  if (found.violated > MAX_VIOLATIONS)
    throw new QueryError('BT3003', `there are ${found.violated} violated windows`);
  const counts = found.violations.flatMap((violation): readonly CountedViolations[] => {
    const interval = intervalOf(grid, violation.fromNs);
    if (interval === undefined) return [];
    const labelled = (name: string) => violation.labels.find((label) => label.name === name)?.value ?? null;
    const service = labelled('resource.service.name');
    return [
      {
        interval,
        clause: clauseNameAt(found.rule, violation.clause),
        count: 1,
        ...(typeof service === 'string' ? { service } : {}),
        values: labels.map(labelled),
      },
    ];
  });
  return { counts, inspected };
}
