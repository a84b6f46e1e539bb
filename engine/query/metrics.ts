import type { FieldPlan } from '../plan/expression.js';
import { forEachField } from '../plan/expression.js';
import { forEachLateExpression } from '../plan/lower-pattern.js';
import type { MetricsPlan, SelectionPlan } from '../plan/metrics-plan.js';
import { overStoredTraces, type StoredRun, type StoredTraces } from '../spans/stored-run.js';
import { dropTables } from '../sql/duckdb/database.js';
import { PredicateColumns, type Relations } from '../sql/duckdb/relations.js';
import { passSql } from '../sql/duckdb/scan.js';
import { evaluateSeries } from './metrics/evaluate.js';
import { MAX_EXEMPLARS } from './metrics/exemplars.js';
import type { SeriesFunction } from './metrics/functions.js';
import { type Grid, instantGrid, rangeGrid } from './metrics/grid.js';
import { SeriesSelection } from './metrics/selection.js';
import { type Points, toSeries } from './metrics/series.js';
import type { MetricsResult } from './metrics-result.js';
import { inspectedBy } from './search.js';

interface MetricsOptions extends Omit<StoredTraces, 'window'> {
  readonly plan: MetricsPlan;
  /** Nanoseconds since the Unix epoch. */
  readonly fromNs: bigint;
  readonly toNs: bigint;
  /** At most so many in the answer, unless the query's own hint says otherwise; default 100, 0 for none. */
  readonly exemplars?: number;
  /** Series that each selection of the query may make; default 10 000. */
  readonly maxSeries?: number;
}

/**
 * The series of a metrics query over a range. Every trace that is going on in the range is looked at as a whole, and its
 * spans count where they start. Throws a `QueryError` where the question cannot be answered as asked.
 */
export async function queryRange(
  options: MetricsOptions & { readonly stepNs: bigint },
): Promise<MetricsResult> {
  return await query(options, rangeGrid(options.fromNs, options.toNs, options.stepNs));
}

/** The same as one value for each series: of the whole range, stamped with its end. */
export async function queryInstant(options: MetricsOptions): Promise<MetricsResult> {
  return await query(options, instantGrid(options.fromNs, options.toNs));
}

async function query(options: MetricsOptions, grid: Grid): Promise<MetricsResult> {
  const { plan, ...stored } = options;
  const window = { fromNs: grid.startNs, toNs: grid.endNs + 1n, holds: 'overlaps' } as const;
  return await overStoredTraces({ ...stored, window }, plan.needs, async (run) => {
    const selections = await evaluateSelections(run, plan, grid, options);
    return { series: toSeries(evaluateSeries(plan.series, selections), grid), inspected: inspectedBy(run) };
  });
}

/** The series of each selection, from one pass over the spans of each unit. */
export async function evaluateSelections(
  run: StoredRun,
  plan: Pick<MetricsPlan, 'predicates' | 'selections' | 'needs' | 'hints'>,
  grid: Grid,
  options: Pick<MetricsOptions, 'exemplars' | 'maxSeries' | 'signal'>,
): Promise<readonly (readonly Points[])[]> {
  const exemplars = exemplarsWanted(plan.hints.exemplars, options.exemplars);
  const { maxSeries, signal } = options;
  const selections = plan.selections.map(
    (one) =>
      new SeriesSelection(withSeries(one), grid, {
        exemplars,
        ...(maxSeries === undefined ? {} : { maxSeries }),
      }),
  );
  const relations: Relations = {
    columns: run.columns,
    predicates: new PredicateColumns(plan.predicates, run.columns),
    matched: 'matched',
  };
  const { predicates, needs } = plan;
  const pass = passSql(
    { predicates, needs, late: lateFields(plan.selections), shows: exemplars > 0 },
    relations,
  );
  await run.forEachUnit(async () => {
    await dropTables(run.db, ['matched']);
    await run.db.run(pass);
    const counted: (() => void)[] = [];
    for (const selection of selections) {
      signal?.throwIfAborted();
      counted.push(await selection.count(run.db, relations));
    }
    for (const add of counted) add();
  });
  return selections.map((selection) => selection.result());
}

function withSeries(plan: SelectionPlan): SelectionPlan & { readonly function: SeriesFunction } {
  if (plan.function.kind === 'compare') throw new Error('compare is not here yet');
  return { ...plan, function: plan.function };
}

/** What is read of a span after the pass. */
function lateFields(selections: readonly SelectionPlan[]): readonly FieldPlan[] {
  return selections.flatMap(({ pattern, by, function: of }) => {
    const late = by.map(({ field }) => field);
    if ('value' in of) late.push(of.value.field);
    forEachLateExpression(pattern.stages, (expression) =>
      forEachField(expression, (field) => void late.push(field)),
    );
    return late;
  });
}

/** The hint of a query goes before what the caller asks for: `true`, `false` or a number. */
function exemplarsWanted(hint: string | number | boolean | undefined, asked = MAX_EXEMPLARS): number {
  const wanted = hint === true ? MAX_EXEMPLARS : hint === false ? 0 : typeof hint === 'number' ? hint : asked;
  return Math.max(0, Math.min(MAX_EXEMPLARS, Math.trunc(wanted)));
}
