import type { FunctionPlan, MetricsPlan, SelectionPlan } from '../../plan/metrics-plan.js';
import { needsWith } from '../../plan/needs.js';
import type { StoredRun } from '../../spans/stored-run.js';
import { type BlockTraces, overShares } from '../../spans/traces.js';
import type { Relations } from '../../sql/compile/relations.js';
import { PredicateColumns } from '../../sql/compile/scan/predicate-columns.js';
import { passSql } from '../../sql/compile/scan/scan.js';
import {
  addComparison,
  beginComparison,
  type ComparedExemplar,
  endComparison,
  readComparison,
  type ValueCount,
} from '../../sql/run/metrics-compare.js';
import { dropTables } from '../../sql/store/drop-tables.js';
import { COMPARE_COUNTS, MATCHED } from '../../sql/tables.js';
import type { MetricsResult } from '../metrics-result.js';
import { inspectedBy } from '../search.js';
import type { Inspected } from '../search-result.js';
import { comparedFields, comparedSeries, type NamedField } from './compare.js';
import type { Grid } from './grid.js';
import { fieldsReadLate } from './selections.js';
import { toSeries } from './series.js';

/** So many fields are read and counted at once, which bounds the width of the tables. */
const FIELDS_AT_ONCE = 100;

/**
 * `compare()`: how often each value of every field occurs among the spans of a selection, and among the others. At most so
 * many `exemplars` are on series. Throws a `QueryError` when the blocks have too many attributes.
 */
export async function compare(
  traces: BlockTraces,
  plan: MetricsPlan,
  selection: SelectionPlan & { readonly function: Extract<FunctionPlan, { kind: 'compare' }> },
  grid: Grid,
  exemplars: number,
): Promise<MetricsResult> {
  const fields = await comparedFields(traces, plan, selection);
  const counts: ValueCount[] = [];
  let inspected: Inspected | undefined;
  let shown: readonly ComparedExemplar[] = [];
  // One span of each set and part.
  const parts = Math.floor(exemplars / 2);
  for (let from = 0; from < fields.length; from += FIELDS_AT_ONCE) {
    const some = fields.slice(from, from + FIELDS_AT_ONCE);
    // With more fields than are read at once the first decide what a span is an example of.
    const found = await countSome(traces, plan, selection, some, grid, from === 0 ? parts : 0);
    inspected ??= found.inspected;
    if (from === 0) shown = found.exemplars;
    for (const count of found.counts) counts.push({ ...count, field: count.field + from });
  }
  if (inspected === undefined) throw new Error('a comparison without fields');
  return { series: toSeries(comparedSeries(fields, counts, grid, shown), grid), inspected };
}

async function countSome(
  traces: BlockTraces,
  { predicates, needs }: MetricsPlan,
  {
    pattern,
    function: compared,
  }: SelectionPlan & { readonly function: Extract<FunctionPlan, { kind: 'compare' }> },
  fields: readonly NamedField[],
  grid: Grid,
  parts: number,
): Promise<{
  readonly counts: readonly ValueCount[];
  readonly exemplars: readonly ComparedExemplar[];
  readonly inspected: Inspected;
}> {
  const wanted = needsWith(
    needs,
    fields.map(({ field }) => field),
  );
  const { selection, start, end } = compared;
  const limits = { ...(start === undefined ? {} : { start }), ...(end === undefined ? {} : { end }) };
  const late = [...fields.map(({ field }) => field), ...fieldsReadLate(pattern)];
  return await overShares(traces, wanted, async ({ all, gather }) => {
    const first = new Map<string, ComparedExemplar>();
    const add = async ({ db, columns, forEachUnit }: StoredRun): Promise<void> => {
      const relations: Relations = {
        columns,
        predicates: new PredicateColumns(predicates, columns),
        matched: MATCHED,
      };
      const pass = passSql({ predicates, needs: wanted, late, shows: parts > 0 }, relations);
      await beginComparison(db);
      await forEachUnit(async () => {
        traces.signal?.throwIfAborted();
        await dropTables(db, [MATCHED]);
        await db.run(pass);
        const comparison = { pattern, selection, ...limits, fields };
        for (const exemplar of await addComparison(db, comparison, grid, relations, parts)) {
          const key = `${exemplar.selected} ${exemplar.bucket}`;
          const known = first.get(key);
          if (known === undefined || exemplar.traceId < known.traceId) first.set(key, exemplar);
        }
      });
    };
    try {
      await Promise.all(all.map(add));
      await gather(COMPARE_COUNTS);
      const counts = await readComparison(all[0].db, compared.top);
      return { counts, exemplars: [...first.values()], inspected: inspectedBy(all) };
    } finally {
      await Promise.all(all.map(({ db }) => endComparison(db)));
    }
  });
}
