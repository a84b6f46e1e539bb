import type { NamedValue, ResultValue } from '../../otlp/named-value.js';
import { FUNCTION_FACTS, type ValuePlan } from '../../plan/metrics-plan.js';
import {
  type ExemplarsWanted,
  type FoundExemplar,
  partNs,
} from '../../sql/compile/metrics/metrics-exemplars.js';
import type { SeriesFunction } from './functions.js';
import { bucketsOf, isSpanDuration } from './functions.js';
import { type Grid, intervalOf } from './grid.js';
import { type GroupCells, groupKey } from './partials.js';
import { quantileOf } from './quantile.js';
import type { PointExemplar, Points } from './series.js';

/** As many as Tempo gives for one query. */
export const MAX_EXEMPLARS = 100;
/** In each of the parts that the range is cut into: exemplars stand for all of it. */
const EACH = 2;

/** Of so many traces nearly every part of the range has some, and it takes a fraction of the time to look at them alone. */
const SAMPLE = { spans: 20_000, traces: 500 };

/** Exemplars that stand for the whole range, at most so many. */
export function sampleOf(wanted: number, sample: ExemplarsWanted['sample'] = SAMPLE): ExemplarsWanted {
  return { parts: Math.max(1, Math.floor(wanted / EACH)), each: EACH, most: wanted, sample };
}

/** The parts of the range that may have more exemplars than these of the traces that come first: parts of intervals in which spans count. */
export function lackingParts(
  found: readonly FoundExemplar[],
  wanted: ExemplarsWanted,
  grid: Grid,
  intervals: ReadonlySet<number>,
): readonly number[] {
  const width = partNs(grid, wanted);
  const lacking = new Set<number>();
  for (const interval of intervals) {
    const from = BigInt(interval) * grid.stepNs;
    const last = Number((from + grid.stepNs) / width);
    for (let part = Number(from / width); part <= Math.min(last, wanted.parts - 1); part++) lacking.add(part);
  }
  for (const part of [...lacking])
    if (found.filter(({ bucket }) => bucket === part).length >= wanted.each) lacking.delete(part);
  return [...lacking].sort((a, b) => a - b);
}

/** What a span shows of itself as an exemplar, with the group it counts in. */
export interface GroupedExemplar extends FoundExemplar {
  readonly shownGroup: readonly ResultValue[];
}

/** The exemplars of one selection, kept while units come in: at most so many for each part of the range. */
export class Exemplars {
  private readonly parts = new Map<number, readonly GroupedExemplar[]>();

  constructor(private readonly wanted: ExemplarsWanted) {}

  add(found: readonly GroupedExemplar[]): void {
    for (const groupedExemplar of found) {
      const known = this.parts.get(groupedExemplar.bucket) ?? [];
      const kept = [...known, groupedExemplar]
        .sort((a, b) => (a.traceId < b.traceId ? -1 : 1))
        .slice(0, EACH);
      this.parts.set(groupedExemplar.bucket, kept);
    }
  }

  /** In order of time, each trace once. */
  chosen(): readonly GroupedExemplar[] {
    const ordered = [...this.parts.values()].flat().sort((a, b) => (a.startNs < b.startNs ? -1 : 1));
    const traces = new Set<string>();
    return ordered
      .filter(({ traceId }) => !traces.has(traceId) && traces.add(traceId))
      .slice(0, this.wanted.most);
  }
}

/**
 * Gives exemplars to the series of a function. Where no value is measured of a span, it takes that of its series at the
 * time. Of several quantiles, a span belongs to the least that its value does not exceed, over all series and times.
 */
export function withExemplars(
  seriesFunction: SeriesFunction,
  points: readonly Points[],
  pointsOf: ReadonlyMap<string, readonly Points[]>,
  groups: readonly GroupCells[],
  found: readonly GroupedExemplar[],
  grid: Grid,
): readonly Points[] {
  const given = new Map<Points, PointExemplar[]>();
  const limits = seriesFunction.kind === 'quantile_over_time' ? overallQuantiles(seriesFunction, groups) : [];
  for (const groupedExemplar of found) {
    const candidates = pointsOf.get(groupKey(groupedExemplar.shownGroup)) ?? [];
    const interval = intervalOf(grid, groupedExemplar.startNs);
    const value =
      'value' in seriesFunction && groupedExemplar.value !== undefined
        ? inSeconds(seriesFunction, seriesFunction.value, groupedExemplar.value)
        : undefined;
    const series = seriesFor(seriesFunction, candidates, value, limits);
    if (series === undefined || interval === undefined) continue;
    const atThatTime = series.values[interval] ?? Number.NaN;
    if (Number.isNaN(atThatTime)) continue;
    const exemplar = {
      traceId: groupedExemplar.traceId,
      interval,
      timeMs: Number(groupedExemplar.startNs / 1_000_000n),
      value: seriesFunction.kind === 'histogram_over_time' ? atThatTime : (value ?? atThatTime),
      labels: exemplarLabels(groupedExemplar),
    };
    given.set(series, [...(given.get(series) ?? []), exemplar]);
  }
  return points.map((point) => ({ ...point, exemplars: given.get(point) ?? [] }));
}

function seriesFor(
  seriesFunction: SeriesFunction,
  candidates: readonly Points[],
  value: number | undefined,
  limits: readonly number[],
): Points | undefined {
  switch (seriesFunction.kind) {
    case 'quantile_over_time': {
      const bucket = limits.findIndex((limit) => value !== undefined && value <= limit);
      return candidates.at(bucket);
    }
    case 'histogram_over_time':
      return candidates.find(({ labels }) => {
        const edge = labels.at(-1)?.value;
        return typeof edge === 'number' && value !== undefined && value <= edge && value > edge / 2;
      });
    default:
      return candidates[0];
  }
}

function overallQuantiles(
  { value, quantiles }: Extract<SeriesFunction, { kind: 'quantile_over_time' }>,
  groups: readonly GroupCells[],
): readonly number[] {
  const all = new Map<number, number>();
  for (const { cells } of groups)
    for (const { powers } of cells.values())
      for (const [power, count] of powers) all.set(power, (all.get(power) ?? 0) + count);
  const buckets = bucketsOf(value, all);
  return quantiles.map((quantile) => quantileOf(quantile, buckets));
}

function inSeconds({ kind }: SeriesFunction, plan: ValuePlan, value: number): number {
  return isSpanDuration(plan) || (FUNCTION_FACTS[kind].byPowers && plan.isDuration) ? value / 1e9 : value;
}

/** By the names that TraceQL has for them, so that a trace opens from its exemplar. */
export function exemplarLabels({
  traceId,
  spanId,
  name,
  service,
}: Pick<FoundExemplar, 'traceId' | 'spanId' | 'name' | 'service'>): readonly NamedValue[] {
  return [
    { name: 'trace:id', value: traceId },
    { name: 'span:id', value: spanId },
    { name: 'name', value: name },
    ...(service === undefined ? [] : [{ name: 'resource.service.name', value: service }]),
  ];
}
