/** Counts what rules over many traces ask for, in one pass over the spans. */
import type { BlockProblem } from '../../blocks/problem.js';
import type { ResolvedWindowRule } from '../../language/link/resolved.js';
import { planWindowRules } from '../../plan/lower/lower-windows.js';
import type { SelectionPlan, SeriesPlan } from '../../plan/metrics-plan.js';
import type { AttributeKey } from '../../plan/schema.js';
import { NO_FACTS, type RuleFacts } from '../../plan/vacuity/rule-needs.js';
import type { WindowRulePlan } from '../../plan/window-plan.js';
import { inspectedBy } from '../../query/search.js';
import type { Inspected } from '../../query/search-result.js';
import { least } from '../../shared/least.js';
import { type AllTraces, overShares } from '../../spans/traces.js';
import { traceIdsByHash } from '../../sql/run/trace-ids.js';
import type { Counted } from './case-series.js';
import { countSlots, type SlotJob } from './count-slots.js';
import { windowFacts } from './facts.js';
import type { IdsByHash } from './trace-ids.js';
import { countedGrid, gridEnd, MAX_SERIES, type OverRange, type WindowGrid, windowsOf } from './windows.js';

export type OverOptions = AllTraces & WindowsToJudge;

export interface WindowsToJudge {
  readonly rules: readonly ResolvedWindowRule[];
  readonly range: OverRange;
  /** Start of the first window that is judged, in the range; those before only tell which series there are. Default: all are. */
  readonly judgedFromNs?: bigint;
  /** For how many window lengths a series that was seen counts as one that has nothing. Default: all of the run, before and behind. */
  readonly rememberedWindows?: number;
  /** Series that one window may have; windows with more are named, and not judged. Default: 10 000. */
  readonly maxSeries?: number;
  readonly bucketNs: bigint;
  /** Violations listed for each rule. */
  readonly limit: number;
  /** Milliseconds that one selection of a rule may take over one unit of traces; default: no limit. */
  readonly ruleLimitMs?: number;
  /** Called with the blocks that could not be read: the verdicts are of the rest. */
  readonly onUnread?: (blocks: readonly BlockProblem[]) => void;
  /** Called with what the run has looked at. */
  readonly onInspected?: (inspected: Inspected) => void;
}

/** What was counted for one rule in the windows of a range, of all traces or of some of them. */
export interface CountedRule extends Omit<Counted, 'grid'> {
  readonly rule: WindowRulePlan;
  /** What the run has shown of what the clauses need. */
  readonly facts: RuleFacts;
  /** When the first of the traces that were looked at starts; absent where there is none. */
  readonly begun?: bigint;
}

/** The database gave no answer, for want of time or memory perhaps. */
export class Unanswered extends Error {
  constructor(cause: unknown) {
    super('the database gave no answer', { cause });
  }
}

/**
 * Runs `work` with what was counted for each of the rules, and with what tells the ids of traces. Where the range holds no window of any rule
 * nothing is read.
 */
export async function overCounted<T>(
  options: OverOptions,
  work: (counted: readonly CountedRule[], idsOf: IdsByHash) => Promise<T>,
): Promise<T> {
  const { signal, ruleLimitMs, onUnread, maxSeries = MAX_SERIES } = options;
  const plan = planWindowRules(options.rules);
  const { selections } = plan;
  const grids = plan.rules.map(
    ({ window, every }) => windowsOf({ window: BigInt(window), every: BigInt(every) }, options.range).grid,
  );
  const jobs = new Jobs(selections);
  const places = plan.rules.map((rule, n) => jobs.add(rule, grids[n]));
  if (jobs.all.length === 0) {
    const nothing = plan.rules.map((rule) => ({ rule, selections, counts: new Map(), facts: NO_FACTS }));
    return await work(nothing, async () => new Map());
  }
  const edges = jobs.all.map(({ grid }) => grid);
  const window = {
    fromNs: least(edges.map(({ startNs }) => startNs)),
    toNs: -least(edges.map((grid) => -gridEnd(grid))),
    holds: 'overlaps' as const,
    withoutOwn: true,
  };
  return await overShares({ ...options, window }, plan.needs, async ({ all }) => {
    const inspected = inspectedBy(all);
    if (inspected.unread.length > 0) onUnread?.(inspected.unread);
    options.onInspected?.(inspected);
    const found = await countSlots(all, plan, jobs.all, {
      maxSeries,
      ...(ruleLimitMs === undefined ? {} : { limitMs: ruleLimitMs }),
      ...(signal === undefined ? {} : { signal }),
    }).catch((error: unknown) => {
      throw new Unanswered(error);
    });
    const starts = all.flatMap(({ firstStart }) => firstStart ?? []);
    const begun = starts.length === 0 ? undefined : least(starts);
    const carries = (attribute: AttributeKey): boolean =>
      all.some(({ columns }) => columns.typesFor(attribute).length > 0);
    const counted = plan.rules.map((rule, n): CountedRule => {
      const counts = new Map([...places[n]!].map(([selection, place]) => [selection, found[place]!]));
      const facts = windowFacts(rule, counts, carries);
      return { rule, selections, counts, facts, ...(begun === undefined ? {} : { begun }) };
    });
    return await work(counted, async (hashes) => {
      const ids = await Promise.all(all.map(({ db, allTraces }) => traceIdsByHash(db, allTraces, hashes)));
      return new Map(ids.flatMap((found) => [...found]));
    });
  });
}

/** Each selection that some rule needs, once for each grid. */
class Jobs {
  readonly all: SlotJob[] = [];
  private readonly index = new Map<string, number>();

  constructor(private readonly selections: readonly SelectionPlan[]) {}

  /** Where the selections of the rule are in `all`, by their index in the plan. */
  add(rule: WindowRulePlan, grid: WindowGrid | undefined): ReadonlyMap<number, number> {
    const places = new Map<number, number>();
    if (grid === undefined) return places;
    for (const selection of selectionsOfRule(rule)) {
      const key = `${selection} ${grid.stepNs} ${grid.perWindow}`;
      const plan = this.selections[selection]!;
      const known = this.index.get(key) ?? this.all.push({ plan, grid: countedGrid(plan, grid) }) - 1;
      this.index.set(key, known);
      places.set(selection, known);
    }
    return places;
  }
}

/** Indices in the plan. */
export function selectionsOfRule({ when, clauses }: WindowRulePlan): ReadonlySet<number> {
  const tests = [...(when === undefined ? [] : [when]), ...clauses.map(({ test }) => test)];
  return new Set(tests.flatMap(({ series }) => selectionsOf(series)));
}

function selectionsOf(series: SeriesPlan): readonly number[] {
  if (series.kind === 'selection') return [series.selection];
  return [series.left, series.right].flatMap((side) => (side.kind === 'number' ? [] : selectionsOf(side)));
}
