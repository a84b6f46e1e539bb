import type { MetricsPlan, NumberPlan, SeriesPlan } from '../plan/metrics-plan.js';
import { type BlockTraces, overShares, type WithoutWindow } from '../spans/traces.js';
import { compare } from './metrics/compare-run.js';
import { evaluateSeries } from './metrics/evaluate.js';
import { type Grid, instantGrid, rangeGrid } from './metrics/grid.js';
import { MAX_SERIES } from './metrics/limits.js';
import type { SelectionOptions } from './metrics/selection-options.js';
import { evaluateSelections, exemplarsWanted } from './metrics/selections.js';
import { toSeries } from './metrics/series.js';
import type { MetricsResult } from './metrics-result.js';
import { QueryError } from './query-error.js';
import { inspectedBy } from './search.js';

type MetricsOptions = WithoutWindow<BlockTraces> & MetricsQuestion;

interface MetricsQuestion extends Pick<SelectionOptions, 'limitMs' | 'signal'> {
  /** Series that are listed; default 10 000. */
  readonly maxSeries?: number;
  /** At most so many, unless a hint of the query says otherwise; default 100, 0 for none. */
  readonly exemplars?: number;
  readonly plan: MetricsPlan;
  /** Nanoseconds since the Unix epoch. */
  readonly fromNs: bigint;
  readonly toNs: bigint;
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
  const { plan, maxSeries = MAX_SERIES, limitMs, ...rest } = options;
  if (plan.hints.extrapolate === true)
    throw new QueryError(
      'BT3009',
      'spans are counted as they are stored; `extrapolate = true` is not answered',
    );
  const { signal } = options;
  const window = { fromNs: grid.startNs, toNs: grid.endNs + 1n, holds: 'overlaps' } as const;
  const traces: BlockTraces = { ...rest, window };
  const [first] = plan.selections;
  if (first?.function.kind === 'compare')
    return await compare(
      traces,
      plan,
      { ...first, function: first.function },
      grid,
      exemplarsWanted(plan.hints, options.exemplars)?.most ?? 0,
    );
  return await overShares(traces, plan.needs, async ({ all }) => {
    const jobs = plan.selections.map((selection) => ({ plan: selection, grid }));
    const exemplars = exemplarsWanted(plan.hints, options.exemplars);
    let cut = false;
    const selections = await evaluateSelections(all, plan, jobs, {
      maxSeries: Math.max(MAX_SERIES, maxSeries),
      ...(exemplars === undefined ? {} : { exemplars }),
      ...(limitMs === undefined ? {} : { limitMs }),
      ...(signal === undefined ? {} : { signal }),
      ...(isOneByOne(plan.series) && {
        onCut: () => {
          cut = true;
        },
      }),
    });
    const series = toSeries(evaluateSeries(plan.series, selections), grid);
    const listed = series.slice(0, maxSeries);
    return {
      series: listed,
      ...((cut || series.length > listed.length) && { cutTo: listed.length }),
      inspected: inspectedBy(all),
    };
  });
}

/** Whether what becomes of a series depends on no other, so that the first are right without the rest. */
function isOneByOne(plan: SeriesPlan | NumberPlan): boolean {
  if (plan.kind === 'number') return true;
  if (plan.steps.some(({ kind }) => kind !== 'threshold')) return false;
  if (plan.kind === 'selection') return true;
  const { left, right } = plan;
  return (left.kind === 'number' || right.kind === 'number') && isOneByOne(left) && isOneByOne(right);
}
