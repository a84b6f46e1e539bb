import { calculateFloats } from '../../language/tree/fold-number.js';
import type { NamedValue } from '../../otlp/named-value.js';
import type { NumberPlan, SelectionPlan, SeriesPlan, StepPlan } from '../../plan/metrics-plan.js';
import { labelsOf, sameLabels, selectionLabels } from '../../plan/series-labels.js';
import { applyStep, holds } from '../../query/metrics/steps.js';
import { QueryError } from '../../query/query-error.js';
import { seriesTimeline } from './series-timeline.js';
import { valueOfNothing } from './sliding.js';
import { type SeriesCells, type SlotCounts, seriesKey } from './slot-counts.js';
import { combined, constantly, forEachPiece, mapped, type Timeline, TimelineBuilder } from './timeline.js';
import { countedGrid, type WindowGrid } from './windows.js';

/** A series that is judged: its labels by name, sorted; each has a value or null. */
export type CaseLabels = readonly NamedValue[];

/** What a rule counted, and where. */
export interface Counted {
  readonly grid: WindowGrid;
  /** By index in the plan. */
  readonly selections: readonly SelectionPlan[];
  /** By index in the plan; only of the selections of the rule. */
  readonly counts: ReadonlyMap<number, SlotCounts>;
}

/** Changes of series over all cases of a rule: what bounds the time of judging. */
const MAX_CHANGES = 200_000_000;
/** Values that `topk` or `bottomk` choose from at once. */
const MAX_RANKED = 20_000_000;

/** The values that tests of a rule compare, case by case. */
export class CaseSeries {
  /** Of series that many cases share, by selection and key. */
  private readonly shared = new Map<string, Timeline>();
  private readonly ranked = new Map<SeriesPlan, Map<number, ReadonlyMap<string, Timeline>>>();
  private changes = 0;

  constructor(private readonly counted: Counted) {}

  /** Every series with these labels that some selection of the rule has seen, by key; without labels the one that there is. */
  seen(labels: readonly string[]): ReadonlyMap<string, CaseLabels> {
    if (labels.length === 0) return new Map([[seriesKey([]), []]]);
    const all = new Map<string, CaseLabels>();
    for (const [n, { series }] of this.counted.counts) {
      if (!sameLabels(selectionLabels(this.counted.selections[n]!), labels)) continue;
      for (const [key, seriesCells] of series)
        if (seriesCells.cells.size > 0 && !all.has(key)) all.set(key, byName(seriesCells.labels));
    }
    return all;
  }

  timeline(plan: SeriesPlan, caseLabels: CaseLabels): Timeline {
    const made = this.steps(plan, plan.steps.length, caseLabels);
    this.changes += made.at.length;
    if (this.changes > MAX_CHANGES)
      throw new QueryError('BT3008', 'the series of the rule change too often, all windows taken together');
    return made;
  }

  /** What of the series of a case the selections of a plan have counted, in the windows themselves. */
  cellsOf(plan: SeriesPlan | NumberPlan, caseLabels: CaseLabels): readonly SeriesCells[] {
    if (plan.kind === 'number') return [];
    if (plan.kind === 'operation')
      return [plan.left, plan.right].flatMap((side) => this.cellsOf(side, caseLabels));
    if (this.counted.selections[plan.selection]?.prior !== undefined) return [];
    const cells = this.counted.counts.get(plan.selection)?.series.get(this.keyIn(plan.selection, caseLabels));
    return cells === undefined ? [] : [cells];
  }

  /** After the first `count` steps. */
  private steps(plan: SeriesPlan, count: number, caseLabels: CaseLabels): Timeline {
    const step = plan.steps[count - 1];
    if (step === undefined)
      return plan.kind === 'selection'
        ? this.selection(plan.selection, caseLabels)
        : this.operation(plan, caseLabels);
    if (step.kind !== 'threshold') {
      const labels = labelsOf(plan, this.counted.selections) ?? [];
      const ranked = this.rank(plan, count, step, labels);
      return ranked.get(seriesKey(project(caseLabels, labels))) ?? constantly(Number.NaN);
    }
    const { operator, value: limit } = step;
    return mapped(this.steps(plan, count - 1, caseLabels), (value) =>
      holds(value, operator, limit) ? value : Number.NaN,
    );
  }

  private operation(
    { operator, left, right }: Extract<SeriesPlan, { kind: 'operation' }>,
    caseLabels: CaseLabels,
  ): Timeline {
    const side = (plan: SeriesPlan | NumberPlan): Timeline =>
      plan.kind === 'number' ? constantly(plan.value) : this.steps(plan, plan.steps.length, caseLabels);
    return combined(side(left), side(right), (a, b) => calculateFloats(operator, a, b));
  }

  private selection(selection: number, caseLabels: CaseLabels): Timeline {
    const { counts, selections, grid } = this.counted;
    const plan = selections[selection]!;
    const { function: fn } = plan;
    if (fn.kind === 'compare') throw new Error('compare() in a rule');
    const key = this.keyIn(selection, caseLabels);
    const isShared = selectionLabels(plan).length < caseLabels.length;
    const known = isShared ? this.shared.get(`${selection} ${key}`) : undefined;
    if (known !== undefined) return known;
    const series = counts.get(selection)?.series.get(key);
    const made =
      series === undefined
        ? constantly(valueOfNothing(fn))
        : seriesTimeline(fn, series.cells, countedGrid(plan, grid));
    if (isShared) this.shared.set(`${selection} ${key}`, made);
    return made;
  }

  private keyIn(selection: number, caseLabels: CaseLabels): string {
    return seriesKey(project(caseLabels, selectionLabels(this.counted.selections[selection]!)));
  }

  /** What `topk` or `bottomk`, the step before `count`, leaves of all series of a plan, by key. */
  private rank(
    plan: SeriesPlan,
    count: number,
    step: Exclude<StepPlan, { kind: 'threshold' }>,
    labels: readonly string[],
  ): ReadonlyMap<string, Timeline> {
    const ofPlan = this.ranked.get(plan) ?? new Map<number, ReadonlyMap<string, Timeline>>();
    this.ranked.set(plan, ofPlan);
    const known = ofPlan.get(count);
    if (known !== undefined) return known;
    const all = [...this.seen(labels)];
    const timelines = all.map(([, caseLabels]) => this.steps(plan, count - 1, caseLabels));
    const starts = [...new Set(timelines.flatMap(({ at }) => at))].sort((a, b) => a - b);
    if (starts.length * all.length > MAX_RANKED)
      throw new QueryError(
        'BT3008',
        `\`${step.kind}\` would choose among too many series in too many windows`,
      );
    const points = all.map(([, caseLabels], n) => {
      const values = new Float64Array(starts.length);
      let piece = 0;
      forEachPiece(
        [timelines[n]!, { at: starts, values: starts }],
        this.counted.grid.windows,
        (_from, _to, [value]) => {
          values[piece++] = value!;
        },
      );
      return { labels: caseLabels, values, exemplars: [] };
    });
    const kept = new Map(applyStep(step, points).map((points) => [seriesKey(points.labels), points.values]));
    const made = new Map<string, Timeline>();
    for (const [key] of all) {
      const builder = new TimelineBuilder();
      for (const [n, start] of starts.entries()) builder.add(start, kept.get(key)?.[n] ?? Number.NaN);
      made.set(key, builder.done());
    }
    ofPlan.set(count, made);
    return made;
  }
}

function byName(labels: readonly NamedValue[]): CaseLabels {
  return labels.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function project(caseLabels: CaseLabels, labels: readonly string[]): CaseLabels {
  return caseLabels.length === labels.length
    ? caseLabels
    : caseLabels.filter(({ name }) => labels.includes(name));
}
