import type { BlockProblem } from '../../blocks/problem.js';
import type { ResolvedOverRule } from '../../language/workspace.js';
import { planOverRules } from '../../plan/lower-over.js';
import type { SelectionPlan, SeriesPlan } from '../../plan/metrics-plan.js';
import type { OverRulePlan } from '../../plan/over-plan.js';
import { EVIDENCE } from '../../query/metrics/exemplars.js';
import type { Grid } from '../../query/metrics/grid.js';
import { evaluateSelections, type SelectionJob } from '../../query/metrics/selections.js';
import type { Points } from '../../query/metrics/series.js';
import { QueryError } from '../../query/query-error.js';
import { overStoredTraces, type StoredTraces } from '../../spans/stored-run.js';
import { problemOf, type RuleProblem } from '../../sql/duckdb/rule-problem.js';
import { overFacts } from './facts.js';
import { judge, notJudged } from './judge.js';
import type { OverRuleResult } from './result.js';
import { wholeWindows } from './windows.js';

export interface OverOptions extends StoredTraces {
  readonly rules: readonly ResolvedOverRule[];
  /** The range of the run, in nanoseconds since the Unix epoch, the end exclusive; only windows that lie whole in it are judged. */
  readonly range: { readonly fromNs: bigint; readonly toNs: bigint };
  /** Start of the first window that is judged, in the range; those before only tell which series there are. Default: all are. */
  readonly judgedFromNs?: bigint;
  readonly bucketNs: bigint;
  /** Violations listed for each rule. */
  readonly limit: number;
  /** Milliseconds that one selection of a rule may take over one unit of traces; default: no limit. */
  readonly ruleLimitMs?: number;
  /** Told of the blocks that could not be read: the verdicts are of the rest. */
  readonly onUnread?: (blocks: readonly BlockProblem[]) => void;
}

/**
 * Rules over many traces: all of them in one pass over the spans, each selection counted once for every width of window. Where
 * that fails for some rule, in halves, until it is known for which: that one has a problem, the others are judged.
 */
export async function replayOver(options: OverOptions): Promise<readonly OverRuleResult[]> {
  const { rules, signal } = options;
  if (rules.length === 0) return [];
  try {
    return await judgeAll(options);
  } catch (error) {
    signal?.throwIfAborted();
    const problem = problemIn(error);
    if (problem === undefined) throw error;
    if (rules.length === 1) return notJudgedRules(rules).map((one) => ({ ...one, problem }));
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

async function judgeAll(options: OverOptions): Promise<readonly OverRuleResult[]> {
  const { range, tenant, bucketNs, limit, signal, ruleLimitMs, judgedFromNs, onUnread } = options;
  const plan = planOverRules(options.rules);
  const grids = plan.rules.map(({ window }) => wholeWindows(BigInt(window), range.fromNs, range.toNs));
  const jobs = new Jobs(plan.selections);
  const places = plan.rules.map((rule, n) => jobs.add(rule, grids[n]));
  if (jobs.all.length === 0) return plan.rules.map(notJudged);
  const window = { ...range, holds: 'overlaps', withoutOwn: true } as const;
  const { found, columns } = await overStoredTraces({ ...options, window }, plan.needs, async (run) => {
    if (run.blocks.unread.length > 0) onUnread?.(run.blocks.unread);
    const found = await evaluateSelections(run, plan, jobs.all, {
      exemplars: EVIDENCE,
      ...(ruleLimitMs === undefined ? {} : { limitMs: ruleLimitMs }),
      ...(signal === undefined ? {} : { signal }),
    }).catch((error: unknown) => {
      throw new Unanswered(error);
    });
    return { found, columns: run.columns };
  });
  return plan.rules.map((rule, n) => {
    const grid = grids[n];
    if (grid === undefined) return notJudged(rule);
    const selections = plan.selections.map((_, at) => found[places[n]!.get(at) ?? -1] ?? NONE);
    return judge(rule, selections, {
      ...{ tenant: tenant.name, grid, bucketNs, limit },
      facts: overFacts(rule, selections, (attribute) => columns.typesFor(attribute).length > 0),
      ...(judgedFromNs === undefined ? {} : { judgedFromNs }),
    });
  });
}

/** The results where there is no range to judge. */
export function notJudgedRules(rules: readonly ResolvedOverRule[]): readonly OverRuleResult[] {
  return planOverRules(rules).rules.map(notJudged);
}

const NONE: readonly Points[] = [];

/** Each selection that some rule needs, once for each width. */
class Jobs {
  readonly all: SelectionJob[] = [];
  private readonly index = new Map<string, number>();

  constructor(private readonly selections: readonly SelectionPlan[]) {}

  /** Where the selections of the rule are in `all`, by their index in the plan. */
  add(rule: OverRulePlan, grid: Grid | undefined): ReadonlyMap<number, number> {
    const places = new Map<number, number>();
    if (grid === undefined) return places;
    const tests = [...(rule.when === undefined ? [] : [rule.when]), ...rule.clauses.map(({ test }) => test)];
    for (const at of new Set(tests.flatMap(({ series }) => selectionsOf(series)))) {
      const key = `${at} ${grid.stepNs}`;
      const known = this.index.get(key) ?? this.all.push({ plan: this.selections[at]!, grid }) - 1;
      this.index.set(key, known);
      places.set(at, known);
    }
    return places;
  }
}

function selectionsOf(series: SeriesPlan): readonly number[] {
  if (series.kind === 'selection') return [series.selection];
  return [series.left, series.right].flatMap((side) => (side.kind === 'number' ? [] : selectionsOf(side)));
}
