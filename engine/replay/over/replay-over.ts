import type { BlockProblem } from '../../blocks/problem.js';
import type { ResolvedWindowRule } from '../../language/link/resolved.js';
import { planWindowRules } from '../../plan/lower/lower-windows.js';
import type { SelectionPlan, SeriesPlan } from '../../plan/metrics-plan.js';
import type { WindowRulePlan } from '../../plan/window-plan.js';
import { QueryError } from '../../query/query-error.js';
import { inspectedBy } from '../../query/search.js';
import type { Inspected } from '../../query/search-result.js';
import { overTraces, type Traces } from '../../spans/traces.js';
import { problemOf } from '../../sql/store/problem-of.js';
import type { JudgedWindowRule } from '../../verdicts/judged-rule.js';
import type { RuleProblem } from '../../verdicts/rule-problem.js';
import type { UnjudgedWindows } from '../../verdicts/window-violation.js';
import { countSlots, type SlotJob } from './count-slots.js';
import { overFacts } from './facts.js';
import { judge, notJudged } from './judge.js';
import { withTraces } from './trace-ids.js';
import {
  countedGrid,
  gridEnd,
  MAX_SERIES,
  type OverRange,
  type WindowGrid,
  windowNs,
  windowStart,
  windowStartBefore,
  windowsOf,
} from './windows.js';

export type OverOptions = Traces & WindowsToJudge;

interface WindowsToJudge {
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
  /** Told of the blocks that could not be read: the verdicts are of the rest. */
  readonly onUnread?: (blocks: readonly BlockProblem[]) => void;
  /** Told what the run has looked at. */
  readonly onInspected?: (inspected: Inspected) => void;
}

/**
 * Rules over many traces: all of them in one pass over the spans, each selection counted once for every width of window. Where
 * that fails for some rule, in halves, until it is known for which: that one has a problem, the others are judged.
 */
export async function replayOver(options: OverOptions): Promise<readonly JudgedWindowRule[]> {
  const { rules, signal } = options;
  if (rules.length === 0) return [];
  try {
    return await judgeAll(options);
  } catch (error) {
    signal?.throwIfAborted();
    const problem = problemIn(error);
    if (problem === undefined) throw error;
    if (rules.length === 1)
      return notJudgedRules(rules).map((notJudgedRule) => ({ ...notJudgedRule, problem }));
    const middle = rules.length >> 1;
    const first = await replayOver({ ...options, rules: rules.slice(0, middle) });
    return [...first, ...(await replayOver({ ...options, rules: rules.slice(middle) }))];
  }
}

/** Undefined where it is not the rules that failed, but what they are asked of. */
function problemIn(error: unknown): RuleProblem | undefined {
  if (error instanceof QueryError) return { code: error.code, message: error.message };
  if (!(error instanceof Unanswered)) return undefined;
  return problemIn(error.cause) ?? problemOf(error.cause);
}

class Unanswered extends Error {
  constructor(cause: unknown) {
    super('the database gave no answer', { cause });
  }
}

async function judgeAll(options: OverOptions): Promise<readonly JudgedWindowRule[]> {
  const { tenant, bucketNs, limit, signal, ruleLimitMs, judgedFromNs, onUnread } = options;
  const { rememberedWindows, maxSeries = MAX_SERIES } = options;
  const plan = planWindowRules(options.rules);
  const windows = plan.rules.map(({ window, every }) =>
    windowsOf({ window: BigInt(window), every: BigInt(every) }, options.range),
  );
  const jobs = new Jobs(plan.selections);
  const places = plan.rules.map((rule, n) => jobs.add(rule, windows[n]!.grid));
  if (jobs.all.length === 0) return plan.rules.map((rule, n) => notJudged(rule, windows[n]!.cut));
  const edges = jobs.all.map(({ grid }) => grid);
  const window = {
    fromNs: least(edges.map(({ startNs }) => startNs)),
    toNs: -least(edges.map((grid) => -gridEnd(grid))),
    holds: 'overlaps' as const,
    withoutOwn: true,
  };
  return await overTraces({ ...options, window }, plan.needs, async (run) => {
    if (run.blocks.unread.length > 0) onUnread?.(run.blocks.unread);
    options.onInspected?.(inspectedBy(run));
    const found = await countSlots(run, plan, jobs.all, {
      maxSeries,
      ...(ruleLimitMs === undefined ? {} : { limitMs: ruleLimitMs }),
      ...(signal === undefined ? {} : { signal }),
    }).catch((error: unknown) => {
      throw new Unanswered(error);
    });
    const judgements = plan.rules.map((rule, n) => {
      const { grid, cut: cutByRange } = windows[n]!;
      if (grid === undefined) return notJudged(rule, cutByRange);
      const asked = judgedFromNs !== undefined && judgedFromNs > grid.startNs ? judgedFromNs : grid.startNs;
      const begun = run.firstStart;
      const { firstNs, unknown } =
        begun === undefined
          ? { firstNs: asked, unknown: [] }
          : windowsKnown(grid, asked, begun, longestPrior(rule, plan.selections));
      const cut = [...cutByRange, ...unknown];
      if (firstNs === undefined) return notJudged(rule, cut);
      const counts = new Map([...places[n]!].map(([selection, place]) => [selection, found[place]!]));
      return judge(
        rule,
        { grid, selections: plan.selections, counts },
        {
          tenant: tenant.name,
          bucketNs,
          limit,
          maxSeries,
          cut,
          facts: overFacts(rule, counts, (attribute) => run.columns.typesFor(attribute).length > 0),
          judgedFromNs: firstNs,
          ...(rememberedWindows === undefined ? {} : { rememberedSlots: rememberedWindows * grid.perWindow }),
        },
      );
    });
    return await withTraces(run, judgements);
  });
}

/** How far before a window the rule looks. */
export function longestPrior(rule: WindowRulePlan, selections: readonly SelectionPlan[]): bigint {
  return -least([...selectionsOfRule(rule)].map((selection) => -BigInt(selections[selection]!.prior ?? 0)));
}

/**
 * Of the windows from `asked` on, the first before which stored traces reach far enough, and those before which they do not, where `begun`
 * is when the first of them starts: nothing is new where nothing is known of what was before.
 */
function windowsKnown(
  grid: WindowGrid,
  asked: bigint,
  begun: bigint,
  prior: bigint,
): { readonly firstNs: bigint | undefined; readonly unknown: readonly UnjudgedWindows[] } {
  const known = windowStartBefore(begun, grid.stepNs) + prior;
  if (prior === 0n || known <= asked) return { firstNs: asked, unknown: [] };
  const last = windowStart(grid, grid.windows - 1);
  const before = known > last ? last : known - grid.stepNs;
  const count = Number((before - asked) / grid.stepNs) + 1;
  return {
    firstNs: known > last ? undefined : known,
    unknown: count > 0 ? [{ reason: 'prior', count, fromNs: asked, toNs: before + windowNs(grid) }] : [],
  };
}

function least(times: readonly bigint[]): bigint {
  return times.toSorted((a, b) => (a < b ? -1 : 1))[0] ?? 0n;
}

/** The results where there is no range to judge. */
export function notJudgedRules(rules: readonly ResolvedWindowRule[]): readonly JudgedWindowRule[] {
  return planWindowRules(rules).rules.map((rule) => notJudged(rule));
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
