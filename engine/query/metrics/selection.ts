import { isDuration } from '../../plan/duration.js';
import { FUNCTION_FACTS, type SelectionPlan } from '../../plan/metrics-plan.js';
import { aggregationSql, type SpanAggregation } from '../../sql/compile/metrics/metrics.js';
import {
  type ExemplarsOf,
  type ExemplarsWanted,
  exemplarSql,
  firstTraces,
} from '../../sql/compile/metrics/metrics-exemplars.js';
import type { Relations } from '../../sql/compile/relations.js';
import type { CountedSpans } from '../../sql/compile/scan/streamed.js';
import type { Store } from '../../sql/store/store.js';
import { Exemplars, type GroupedExemplar, lackingParts, withExemplars } from './exemplars.js';
import { labelsOf, measureOf, named, type SeriesFunction, seriesOf } from './functions.js';
import type { Grid } from './grid.js';
import { seriesLimit, tooManySeries } from './limits.js';
import { type GroupCells, groupKey, Partials, shownGroup } from './partials.js';
import type { SelectionOptions } from './selection-options.js';
import { labelKey, type Points } from './series.js';

/** A selection other than `compare`, while units of traces come in. */
export class SeriesSelection {
  private readonly partials: Partials;
  private readonly exemplars: Exemplars | undefined;
  private readonly aggregation: SpanAggregation;
  private readonly durations: readonly boolean[];
  private readonly limit: number;

  constructor(
    private readonly plan: SelectionPlan & { readonly function: SeriesFunction },
    private readonly grid: Grid,
    private readonly options: Pick<SelectionOptions, 'exemplars' | 'maxSeries' | 'onCut'>,
  ) {
    this.exemplars = options.exemplars && new Exemplars(options.exemplars);
    this.limit = seriesLimit(grid, options.maxSeries);
    this.durations = plan.by.map(({ field }) => isDuration({ kind: 'field', field }));
    this.partials = new Partials(this.limit, this.durations);
    const by = plan.by.map(({ field }) => field);
    this.aggregation = { pattern: plan.pattern, by, measure: measureOf(plan.function) };
  }

  /** Counts the spans in `matched`. The result adds them up, so that what fails has changed nothing. */
  async count(db: Store, { relations, among }: CountedSpans): Promise<() => void> {
    const { sql, read } = aggregationSql(this.aggregation, this.grid, relations);
    const unit = new Partials(this.limit, this.durations);
    const intervals = new Set<number>();
    let spans = 0;
    for await (const row of db.stream(sql)) {
      const point = read(row);
      unit.add(point);
      intervals.add(point.interval);
      spans += point.count;
    }
    if (unit.cut) this.tooMany();
    const { exemplars: wanted } = this.options;
    const exemplars =
      wanted === undefined
        ? []
        : await this.findExemplars(db, { relations, ...(among && { among }) }, wanted, { spans, intervals });
    return () => {
      this.partials.addAll(unit);
      this.exemplars?.add(exemplars);
    };
  }

  private async findExemplars(
    db: Store,
    { relations, among }: CountedSpans,
    wanted: ExemplarsWanted,
    counted: { readonly spans: number; readonly intervals: ReadonlySet<number> },
  ): Promise<readonly GroupedExemplar[]> {
    const find = async (relations: Relations, how: ExemplarsOf): Promise<readonly GroupedExemplar[]> => {
      const { sql, read } = exemplarSql(this.aggregation, this.grid, wanted, relations, how);
      const rows = await db.rows(sql);
      return rows.map(read).map((row) => ({ ...row, shownGroup: shownGroup(row.group, this.durations) }));
    };
    if (among === undefined) return await find(relations, {});
    if (counted.spans < wanted.sample.spans) return await find(relations, { few: true });
    const traces = await db.rows(firstTraces(wanted.sample.traces));
    const first = await find(among(traces.map(([trace]) => trace as bigint)), { few: true });
    const parts = lackingParts(first, wanted, this.grid, counted.intervals);
    if (parts.length === 0) return first;
    return [...first.filter(({ bucket }) => !parts.includes(bucket)), ...(await find(relations, { parts }))];
  }

  result(): readonly Points[] {
    const { function: called } = this.plan;
    if (this.partials.cut) this.tooMany();
    const groups = this.partials.all;
    const points = this.pointsOf(groups);
    const chosen = this.exemplars?.chosen() ?? [];
    return withExemplars(called, points, this.byGroup(points), groups, chosen, this.grid);
  }

  /** A group may have a series for each bucket: no more are made than there may be. */
  private pointsOf(groups: readonly GroupCells[]): readonly Points[] {
    const { function: called, by } = this.plan;
    if (groups.length === 0) return seriesOf(called, by, groups, this.grid);
    const points: Points[] = [];
    for (const group of groups) {
      points.push(...seriesOf(called, by, [group], this.grid));
      if (points.length <= this.limit) continue;
      this.tooMany();
      return points.slice(0, this.limit);
    }
    return points;
  }

  private tooMany(): void {
    if (this.options.onCut === undefined) throw tooManySeries(this.limit);
    this.options.onCut();
  }

  /** The series of each group: one, or one for each quantile or bucket. */
  private byGroup(points: readonly Points[]): ReadonlyMap<string, readonly Points[]> {
    const { function: called, by } = this.plan;
    const own = FUNCTION_FACTS[called.kind].byPowers ? 1 : 0;
    const byLabels = new Map<string, Points[]>();
    for (const point of points) {
      const key = labelKey(point.labels.slice(0, point.labels.length - own));
      const known = byLabels.get(key);
      if (known === undefined) byLabels.set(key, [point]);
      else known.push(point);
    }
    return new Map(
      this.partials.all.map((group) => {
        const labels = own === 0 ? named(called, by, group) : labelsOf(by, group);
        return [groupKey(group.group), byLabels.get(labelKey(labels)) ?? []];
      }),
    );
  }
}
