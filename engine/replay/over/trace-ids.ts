import { traceHash } from '../../sql/compile/metrics.js';
import type { Database } from '../../sql/dialects/duckdb/database.js';
import { intLiteral } from '../../sql/dialects/duckdb/literal.js';
import type { Judgement } from './judge.js';
import type { OverRuleResult } from './result.js';

/** The same results with the ids of traces in the place of their hashes. */
export async function withTraces(
  db: Pick<Database, 'rows'>,
  judgements: readonly (Judgement | OverRuleResult)[],
): Promise<readonly OverRuleResult[]> {
  const hashes = new Set<bigint>();
  for (const { violations } of judgements)
    for (const one of violations)
      if ('witnesses' in one) for (const key of mostTelling(one.witnesses)) hashes.add(key);
  const ids = await traceIds(db, [...hashes]);
  return judgements.map((one) => ({
    ...one,
    violations: one.violations.map((violation) => {
      if (!('witnesses' in violation)) return violation;
      const { witnesses, ...rest } = violation;
      const traces = new Set(mostTelling(witnesses).flatMap((key) => ids.get(key) ?? []));
      return { ...rest, traces: [...traces] };
    }),
  }));
}

/** More help nobody. */
const TRACES = 5;

function mostTelling(witnesses: readonly bigint[]): readonly bigint[] {
  return [...new Set(witnesses)].slice(0, TRACES);
}

const AT_ONCE = 10_000;
const hash = traceHash('trace_id');

/** 32 lower-case hex digits, by hash. */
async function traceIds(
  db: Pick<Database, 'rows'>,
  hashes: readonly bigint[],
): Promise<ReadonlyMap<bigint, string>> {
  const ids = new Map<bigint, string>();
  for (let from = 0; from < hashes.length; from += AT_ONCE) {
    const some = hashes.slice(from, from + AT_ONCE).map(intLiteral);
    const rows = await db.rows(
      `SELECT DISTINCT ${hash}, lower(hex(trace_id)) FROM all_traces WHERE ${hash} IN (${some.join(', ')})`,
    );
    for (const [key, id] of rows as [bigint, string][]) ids.set(key, id);
  }
  return ids;
}
