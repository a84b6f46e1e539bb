import type { NamedValue } from '../../otlp/named-value.js';
import { isDuration } from '../../plan/duration.js';
import type { FunctionPlan, LabelPlan, MetricsPlan, SelectionPlan } from '../../plan/metrics-plan.js';
import { BUCKET_LABEL } from '../../plan/series-labels.js';
import { shownGroup } from '../../query/metrics/partials.js';
import { fieldsReadAfter } from '../../query/metrics/selections.js';
import type { StoredRun } from '../../spans/stored-run.js';
import {
  aggregationSql,
  type Measure,
  type PartialPoint,
  type SpanAggregation,
} from '../../sql/compile/metrics/metrics.js';
import type { Intervals } from '../../sql/compile/metrics/metrics-intervals.js';
import type { Relations } from '../../sql/compile/relations.js';
import { PredicateColumns } from '../../sql/compile/scan/predicate-columns.js';
import { passSql } from '../../sql/compile/scan/scan.js';
import { dropTables } from '../../sql/store/drop-tables.js';
import type { Store } from '../../sql/store/store.js';
import { withTimeLimit } from '../../sql/store/time-limit.js';
import { MATCHED } from '../../sql/tables.js';
import { cellOf, SlotCounts, type SlotLimits } from './slot-counts.js';
import { gridEnd, type WindowGrid } from './windows.js';

/** A selection and the slots that it is counted in. */
export interface SlotJob {
  readonly plan: SelectionPlan;
  readonly grid: WindowGrid;
}

export interface CountOptions extends SlotLimits {
  /** Milliseconds that the pass over one unit, and each selection of it, may take; rejects with `TooSlow`. Default: no limit. */
  readonly limitMs?: number;
  readonly signal?: AbortSignal;
}

/** What each selection counts, from one pass over the spans of each unit, of all runs together. */
export async function countSlots(
  runs: readonly Pick<StoredRun, 'db' | 'columns' | 'forEachUnit'>[],
  { predicates, needs }: Pick<MetricsPlan, 'predicates' | 'needs'>,
  jobs: readonly SlotJob[],
  { maxSeries, limitMs, signal }: CountOptions,
): Promise<readonly SlotCounts[]> {
  const counts = jobs.map(() => new SlotCounts({ maxSeries }));
  const late = jobs.flatMap(({ plan }) => fieldsReadAfter(plan));
  const count = async ({ db, columns, forEachUnit }: (typeof runs)[number]): Promise<void> => {
    const relations: Relations = {
      columns,
      predicates: new PredicateColumns(predicates, columns),
      matched: MATCHED,
    };
    const pass = passSql({ predicates, needs, late, shows: false }, relations);
    await forEachUnit(async () => {
      await dropTables(db, [MATCHED]);
      await withTimeLimit(db, limitMs, limitMs, () => db.run(pass));
      const found: SlotCounts[] = [];
      for (const job of jobs) {
        signal?.throwIfAborted();
        found.push(
          await withTimeLimit(db, limitMs, limitMs, () => countUnit(db, job, relations, { maxSeries })),
        );
      }
      // What fails has changed nothing.
      for (const [n, slotCounts] of found.entries()) counts[n]!.addAll(slotCounts);
    });
  };
  await Promise.all(runs.map(count));
  return counts;
}

async function countUnit(
  db: Store,
  { plan, grid }: SlotJob,
  relations: Relations,
  limits: SlotLimits,
): Promise<SlotCounts> {
  const counts = new SlotCounts(limits);
  const { sql, read } = aggregationSql(slotAggregation(plan), slotIntervals(grid), relations);
  for await (const row of db.stream(sql)) {
    const point = read(row);
    counts.add(labelsOfPoint(plan, point), point.interval, cellOf(point));
  }
  return counts;
}

/** The labels of the series that a point is of. */
export function labelsOfPoint(
  { by, function: functionPlan }: SelectionPlan,
  { group, power }: PartialPoint,
): readonly NamedValue[] {
  const durations = by.map(({ field }) => isDuration({ kind: 'field', field }));
  const values = shownGroup(group, durations);
  const labels = by.map(({ name }: LabelPlan, n) => ({ name, value: values[n] ?? null }));
  if (functionPlan.kind !== 'histogram_over_time' || power === undefined) return labels;
  return [...labels, { name: BUCKET_LABEL, value: 2 ** power / (functionPlan.value.isDuration ? 1e9 : 1) }];
}

export function slotIntervals(grid: WindowGrid): Intervals {
  return { kind: 'slots', startNs: grid.startNs, endNs: gridEnd(grid), stepNs: grid.stepNs };
}

/** What a selection counts in each slot. */
export function slotAggregation({ pattern, by, function: functionPlan }: SelectionPlan): SpanAggregation {
  return { pattern, by: by.map(({ field }) => field), measure: measureOf(functionPlan), witnesses: true };
}

function measureOf(functionPlan: FunctionPlan): Measure {
  switch (functionPlan.kind) {
    case 'rate':
    case 'count_over_time':
      return { kind: 'count' };
    case 'histogram_over_time':
      return { kind: 'powers', field: functionPlan.value.field };
    case 'distinct_over_time':
      return { kind: 'keys', field: functionPlan.value.field };
    case 'quantile_over_time':
      return { kind: 'values', field: functionPlan.value.field };
    case 'min_over_time':
    case 'max_over_time':
    case 'sum_over_time':
    case 'avg_over_time':
      return { kind: 'numbers', field: functionPlan.value.field };
    case 'compare':
      throw new Error('compare() in a rule');
  }
}
