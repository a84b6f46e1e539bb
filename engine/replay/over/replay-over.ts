import type { ResolvedWindowRule } from '../../language/link/resolved.js';
import { planWindowRules } from '../../plan/lower/lower-windows.js';
import type { WindowRulePlan } from '../../plan/window-plan.js';
import { QueryError } from '../../query/query-error.js';
import { problemOf } from '../../sql/store/problem-of.js';
import type { JudgedWindowRule } from '../../verdicts/judged-rule.js';
import type { RuleProblem } from '../../verdicts/rule-problem.js';
import { type CountedRule, type OverOptions, overCounted, Unanswered } from './count-rules.js';
import { notJudged } from './judge.js';
import { judgeCounted } from './judge-counted.js';
import { type IdsByHash, withTraces } from './trace-ids.js';

/** Rules over many traces: all of them in one pass over the spans, each selection counted once for every width of window. */
export async function replayOver(options: OverOptions): Promise<readonly JudgedWindowRule[]> {
  return await inHalves(options, judgeAll, (rules, problem) =>
    notJudgedRules(rules).map((rule) => ({ ...rule, problem })),
  );
}

/** The same of some of the traces, before anything is judged: what all together have is not known yet. */
export async function countOver(options: OverOptions): Promise<readonly CountedPart[]> {
  return await inHalves(
    options,
    async (some) => await overCounted(some, async (counted, idsOf) => await withIds(counted, idsOf)),
    (rules, problem) =>
      planWindowRules(rules).rules.map((rule) => ({ rule, problem, counted: undefined, ids: new Map() })),
  );
}

/** What some of the traces have for one rule. */
export interface CountedPart {
  readonly rule: WindowRulePlan;
  /** Undefined where it could not be counted, for the `problem`. */
  readonly counted: CountedRule | undefined;
  readonly problem?: RuleProblem;
  /** Of the traces that it comes from, by their hashes. */
  readonly ids: ReadonlyMap<bigint, string>;
}

async function withIds(counted: readonly CountedRule[], idsOf: IdsByHash): Promise<readonly CountedPart[]> {
  const parts: CountedPart[] = [];
  for (const rule of counted) {
    const cells = [...rule.counts.values()].flatMap(({ series }) =>
      [...series.values()].flatMap((found) => [...found.cells.values()]),
    );
    const hashes = new Set(cells.flatMap(({ witnesses }) => witnesses.map(({ trace }) => trace)));
    parts.push({ rule: rule.rule, counted: rule, ids: await idsOf([...hashes]) });
  }
  return parts;
}

/** Where `work` fails for some rule it is done in halves, until it is known for which: that one has a problem, the others are judged. */
async function inHalves<T>(
  options: OverOptions,
  work: (options: OverOptions) => Promise<readonly T[]>,
  failed: (rules: readonly ResolvedWindowRule[], problem: RuleProblem) => readonly T[],
): Promise<readonly T[]> {
  const { rules, signal } = options;
  if (rules.length === 0) return [];
  try {
    return await work(options);
  } catch (error) {
    signal?.throwIfAborted();
    const problem = problemIn(error);
    if (problem === undefined) throw error;
    if (rules.length === 1) return failed(rules, problem);
    const middle = rules.length >> 1;
    const first = await inHalves({ ...options, rules: rules.slice(0, middle) }, work, failed);
    return [...first, ...(await inHalves({ ...options, rules: rules.slice(middle) }, work, failed))];
  }
}

/** What keeps a rule from being judged. Undefined where reading the blocks failed, not a rule. */
export function problemIn(error: unknown): RuleProblem | undefined {
  if (error instanceof QueryError) return { code: error.code, message: error.message };
  if (!(error instanceof Unanswered)) return undefined;
  return problemIn(error.cause) ?? problemOf(error.cause);
}

async function judgeAll(options: OverOptions): Promise<readonly JudgedWindowRule[]> {
  return await overCounted(options, async (counted, idsOf) => {
    const judging = { ...options, tenant: options.tenant.name };
    return await withTraces(
      idsOf,
      counted.map((rule) => judgeCounted(rule, judging)),
    );
  });
}

/** The results where there is no range to judge. */
export function notJudgedRules(rules: readonly ResolvedWindowRule[]): readonly JudgedWindowRule[] {
  return planWindowRules(rules).rules.map((rule) => notJudged(rule));
}
