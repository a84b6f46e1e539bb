/** Rules across traces as time goes by: of stored blocks, the cases that they decide, so that each is judged once, in the order of their times. */
import type { BlockProblem } from '../../blocks/problem.js';
import type { ResolvedFlowRule } from '../../language/link/resolved.js';
import { carriedField } from '../../plan/carried.js';
import { planFlowRules } from '../../plan/lower/lower.js';
import type { RulePlan } from '../../plan/plan.js';
import { greatest, least } from '../../shared/least.js';
import { overTraces, type Traces } from '../../spans/traces.js';
import { FlowRun } from '../../sql/flows/flow-run.js';
import type { JudgedFlowRule } from '../../verdicts/judged-rule.js';
import { RULE_FAILED, type RuleProblem } from '../../verdicts/rule-problem.js';
import { RuleCollector } from '../collect.js';
import { type FlowsToJudge, flowJudging, guardOf, withDatabaseOfItsOwn } from './replay-flows.js';

/** Times are nanoseconds since the Unix epoch. */
export interface CasesToDecide {
  readonly rule: ResolvedFlowRule;
  /** Cases of this time or later, and before `toNs`. */
  readonly fromNs: bigint;
  readonly toNs: bigint;
}

export interface DecidedQuestion extends Pick<FlowsToJudge, 'limit'> {
  readonly rules: readonly CasesToDecide[];
  /** What starts from here on may not be stored yet. */
  readonly endNs: bigint;
  /** Nanoseconds: a case that is not decided so long after what it may see, had its bound spans no length, is waited for no longer. */
  readonly graceNs: bigint;
  /** Width of the buckets of the counts, in nanoseconds. */
  readonly bucketNs: bigint;
}

export type DecidedOptions = Traces &
  DecidedQuestion &
  Pick<FlowsToJudge, 'ruleLimitMs' | 'carries'> & {
    /** Called with the blocks that could not be read: the verdicts are of the rest. */
    readonly onUnread?: (blocks: readonly BlockProblem[]) => void;
  };

export interface DecidedCases {
  /** Of all cases before `toNs`; those that are `undecided` in it are waited for no longer. */
  readonly result: JudgedFlowRule;
  readonly toNs: bigint;
  /** Cases from then on that are not decided yet. */
  readonly open: number;
  /** Whether the same blocks decide more than that. */
  readonly more: boolean;
}

/**
 * For each of the rules, in their order: what came of its cases up to the first that is not decided, and of no more than have `limit`
 * violations. All is read once; rejects as `overTraces` does.
 */
export async function decideFlows(options: DecidedOptions): Promise<readonly DecidedCases[]> {
  const { rules: asked, endNs, carries, onUnread } = options;
  const plan = planFlowRules(
    asked.map(({ rule }) => rule),
    carries?.map(carriedField),
  );
  const begin = least(plan.rules.map((rule, n) => asked[n]!.fromNs - withinOf(rule)));
  const window = {
    ...{ fromNs: greatest([begin, 0n]), toNs: endNs },
    ...({ holds: 'overlaps', withoutOwn: true } as const),
  };
  return await overTraces({ ...withDatabaseOfItsOwn(options), window }, plan.needs, async (run) => {
    onUnread?.(run.blocks.unread);
    const flows = new FlowRun(run.db, plan, run.columns);
    await run.forEachUnit(async () => await flows.add(guardOf(options)));
    const decided: DecidedCases[] = [];
    for (const [n, rule] of plan.rules.entries()) decided.push(await decide(flows, rule, asked[n]!, options));
    if (decided.some(({ result }) => result.problem?.code === RULE_FAILED)) await run.checkBlocks();
    return decided;
  });
}

async function decide(
  flows: FlowRun,
  rule: RulePlan,
  { fromNs, toNs }: CasesToDecide,
  options: DecidedOptions,
): Promise<DecidedCases> {
  // Of several bound spans the last may start so much later than the first, and see as far again.
  const patientNs = options.endNs - 2n * withinOf(rule) - options.graceNs;
  const waits = fromNs >= patientNs;
  let to = waits || patientNs > toNs ? toNs : patientNs;
  let more = to < toNs;
  let open = 0;
  for (;;) {
    const result = await judge(flows, rule, { fromNs, toNs: to }, options);
    const isCut = result.violated > result.violations.length;
    const lastListed = isCut ? result.violations.at(-1)?.time : undefined;
    const undecided = waits ? result.undecidedCases[0]?.time : undefined;
    if (undecided !== undefined) open = result.undecided;
    // With more violations of one moment than are listed, the rest of them is counted only.
    const crowded = lastListed !== undefined && lastListed > fromNs && lastListed < to;
    const ends = [to, ...(crowded ? [lastListed] : []), ...(undecided === undefined ? [] : [undecided])];
    const end = least(ends);
    if (end === to || result.problem !== undefined) return { result, toNs: to, open, more };
    more ||= end === lastListed;
    to = end;
    if (to === fromNs) return { result: collectorOf(rule, options).flowResult(), toNs: to, open, more };
  }
}

async function judge(
  flows: FlowRun,
  rule: RulePlan,
  cases: Pick<CasesToDecide, 'fromNs' | 'toNs'>,
  options: DecidedOptions,
): Promise<JudgedFlowRule> {
  const collector = collectorOf(rule, options);
  let problem: RuleProblem | undefined = flows.failed.find((failure) => failure.rule === rule)?.problem;
  if (problem === undefined) {
    const { bucketNs, limit, endNs } = options;
    const judging = { ...flowJudging(options, flows), ...cases, bucketNs, limit, endNs, only: [rule] };
    await flows.judge({ ...judging, knownFacts: () => collector.facts }, ({ rules, failed }) => {
      problem ??= failed[0]?.problem;
      if (problem === undefined) for (const found of rules) collector.add(found);
    });
  }
  collector.problem = problem;
  return collector.flowResult();
}

function collectorOf(rule: RulePlan, { tenant, limit }: DecidedOptions): RuleCollector {
  return new RuleCollector(tenant.name, rule, limit);
}

function withinOf({ flow }: RulePlan): bigint {
  return BigInt(flow?.within ?? 0);
}
