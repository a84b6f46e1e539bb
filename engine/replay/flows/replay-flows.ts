/** Rules across traces over stored blocks: a pass of its own, as a flow may lie in blocks around the range. */
import type { ResolvedFlowRule } from '../../language/link/resolved.js';
import { carriedField } from '../../plan/carried.js';
import { planFlowRules } from '../../plan/lower/lower.js';
import type { Plan, RulePlan } from '../../plan/plan.js';
import type { AttributeKey } from '../../plan/schema.js';
import { type AllTraces, overTraces, type Traces } from '../../spans/traces.js';
import { type FlowOptions, FlowRun, type KeyShare } from '../../sql/flows/flow-run.js';
import type { Window } from '../../sql/relations/window.js';
import type { JudgedFlowRule } from '../../verdicts/judged-rule.js';
import { RULE_FAILED } from '../../verdicts/rule-problem.js';
import { RuleCollector } from '../collect.js';

/** What a share of the flows takes in memory for each span of them, with the joins about it, in bytes. */
const BYTES_PER_SPAN = 1200;
const DATABASE_SHARE = 0.5;

export type FlowReplayOptions = Traces & FlowsToJudge;

export interface FlowsToJudge {
  /** Violations, and undecided cases, listed for each rule. */
  readonly limit: number;
  readonly ruleLimitMs?: number;
  /** Judge only the flows of one share of the keys; default all. */
  readonly keyShare?: KeyShare;
  readonly carries?: readonly AttributeKey[];
}

/**
 * The results of rules that all have a flow, in their order. The range is that of the replay: a case belongs to it by the time of its
 * first bound span (else of the first span of its piece), and sees as far before it and after it as its rule says.
 */
export async function replayFlows(
  options: FlowReplayOptions,
  rules: readonly ResolvedFlowRule[],
  bucketNs: bigint,
): Promise<readonly JudgedFlowRule[]> {
  const plan = planFlowRules(rules, options.carries?.map(carriedField));
  const { tenant, limit } = options;
  return await overTraces(flowTraces(options, plan), plan.needs, async (run) => {
    const collectors = plan.rules.map((rule) => new RuleCollector(tenant.name, rule, limit));
    const flows = new FlowRun(run.db, plan, run.columns);
    await run.forEachUnit(async () => await flows.add(guardOf(options)));
    const judging = {
      ...flowJudging(options, flows),
      bucketNs,
      limit,
      ...(options.keyShare === undefined ? {} : { keyShare: options.keyShare }),
      knownFacts: (rule: RulePlan) => collectors.find((collector) => collector.rule === rule)!.facts,
    };
    const failed = new Map(flows.failed.map(({ rule, problem }) => [rule, problem]));
    await flows.judge(judging, (found) => {
      for (const { rule, problem } of found.failed) failed.set(rule, problem);
      for (const [n, evaluation] of found.rules.entries())
        if (!failed.has(evaluation.rule)) collectors[n]!.add(evaluation);
    });
    if ([...failed.values()].some(({ code }) => code === RULE_FAILED)) await run.checkBlocks();
    for (const collector of collectors) collector.problem = failed.get(collector.rule);
    return collectors.map((collector) => collector.flowResult());
  });
}

/** The traces in which the flows of a range lie, so far as the rules of the plan look, to be read by a database of its own. */
export function flowTraces<T extends AllTraces>(traces: T, { rules }: Plan): T {
  const farthest = rules.reduce((most, { flow }) => {
    const within = BigInt(flow?.within ?? 0);
    return within > most ? within : most;
  }, 0n);
  const window = widened(traces.window, farthest);
  if ('divided' in traces) return { ...traces, divided: traces.whole, window };
  return { ...withDatabaseOfItsOwn(traces), window };
}

type FlowJudging = Pick<FlowOptions, 'ruleLimitMs' | 'signal' | 'shareOf' | 'fromNs' | 'toNs' | 'endNs'>;

/** How flows are judged that were taken out of the traces of these options. */
export function flowJudging(
  options: AllTraces & Pick<FlowsToJudge, 'ruleLimitMs'>,
  flows: FlowRun,
): FlowJudging {
  const { window, memory } = options;
  const endNs = window.toNs ?? flows.lastEnd;
  return {
    ...guardOf(options),
    shareOf: Math.max(50_000, Math.floor((memory * DATABASE_SHARE) / BYTES_PER_SPAN)),
    ...(window.fromNs === undefined ? {} : { fromNs: window.fromNs }),
    ...(window.toNs === undefined ? {} : { toNs: window.toNs }),
    ...(endNs === undefined ? {} : { endNs }),
  };
}

/** What bounds the work for one rule, and ends it. */
export function guardOf({
  ruleLimitMs,
  signal,
}: Pick<FlowJudging, 'ruleLimitMs' | 'signal'>): Pick<FlowJudging, 'ruleLimitMs' | 'signal'> {
  return {
    ...(ruleLimitMs === undefined ? {} : { ruleLimitMs }),
    ...(signal === undefined ? {} : { signal }),
  };
}

/** The relations of the run become those of flows, which a database that others use next may not keep. */
export function withDatabaseOfItsOwn<T extends AllTraces>(traces: T): T {
  return 'databases' in traces ? { ...traces, databases: undefined } : traces;
}

function widened({ fromNs, toNs }: Window, byNs: bigint): Window {
  return {
    ...(fromNs === undefined ? {} : { fromNs: fromNs > byNs ? fromNs - byNs : 0n }),
    ...(toNs === undefined ? {} : { toNs: toNs + byNs }),
    holds: 'overlaps',
    withoutOwn: true,
  };
}
