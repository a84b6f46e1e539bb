import { type BlockSource, listedOnce, listingSource } from '../blocks/listing/block-source.js';
import type { ResolvedRule } from '../language/link/resolved.js';
import { RULE_KINDS, type RuleKind } from '../language/words/rule-kinds.js';
import { carriedField } from '../plan/carried.js';
import { planRules } from '../plan/lower/lower.js';
import type { Plan, RulePlan } from '../plan/plan.js';
import type { AttributeKey } from '../plan/schema.js';
import { includesFacts, NO_FACTS, type RuleFacts } from '../plan/vacuity/rule-needs.js';
import { ofKind } from '../shared/of-kind.js';
import type { StoredRun, StoredTraces } from '../spans/stored-run.js';
import { type AllTraces, overTraces, type Traces } from '../spans/traces.js';
import { evaluateRules } from '../sql/run/evaluate.js';
import type { JudgedFlowRule, JudgedRule, JudgedWindowRule } from '../verdicts/judged-rule.js';
import { RULE_FAILED } from '../verdicts/rule-problem.js';
import { blocksInRange } from './blocks-in-range.js';
import { bucketWidth } from './buckets.js';
import { RuleCollector } from './collect.js';
import type { FlowsToJudge } from './flows/replay-flows.js';
import type { WindowsToJudge } from './over/count-rules.js';
import type { CountedPart } from './over/replay-over.js';
import type { ReplayResult } from './result.js';
import { type ScreenedRun, screen } from './screen.js';

export type ReplayOptions = Traces & RulesToReplay;

export interface RulesToReplay {
  readonly rules: readonly ResolvedRule[];
  /** Violations listed for each rule. */
  readonly limit: number;
  /** Milliseconds that one rule may take over one unit of traces, or one pass; default: no limit. */
  readonly ruleLimitMs?: number;
  /** Whether to find out what is different about the cases that violate a rule: it takes another pass over the traces. */
  readonly why?: boolean;
  /** Attributes that each violation that is listed carries of its span; default none. */
  readonly carries?: readonly AttributeKey[];
  /** Series that one window of a rule over many traces may have; default 10 000. */
  readonly maxSeries?: number;
}

/**
 * Rules over stored blocks, or over traces that are given. A block that cannot be read is named in the result and costs nothing but its traces, a rule that
 * cannot be judged to its end costs nothing but its own results; only storage that cannot be listed or an abort rejects.
 */
export async function replay(options: ReplayOptions): Promise<ReplayResult> {
  const result = await replayTraces(options);
  const judged: Readonly<Record<RuleKind, readonly JudgedRule[]>> = {
    trace: result.rules,
    flow: await flowRules(options, result),
    window: await windowRules(options, result),
  };
  const rules = RULE_KINDS.flatMap((kind) => judged[kind]);
  return { ...result, rules: options.why === true ? await withDifferences(options, rules) : rules };
}

/** The rules that judge each trace by itself, and what there is to say of the run. */
export async function replayTraces(options: ReplayOptions): Promise<ReplayResult> {
  const plan = planRules(options.rules, options.carries?.map(carriedField));
  const window = { ...options.window, withoutOwn: true };
  if ('given' in options) return (await judge(options, { ...options, window }, plan))!;
  const listed = listedOnce(options.blocks ?? listingSource(options.storage));
  const inRange = await blocksInRange({ ...options, window, blocks: listed });
  const result = await judgeStored({ ...options, window, blocks: inRange?.blocks ?? listed }, plan);
  if (inRange === undefined) return result;
  const { blocks } = result;
  return { ...result, blocks: { ...blocks, read: blocks.read + inRange.leftOut } };
}

async function judgeStored(
  stored: RulesToReplay & StoredTraces & { readonly blocks: BlockSource },
  plan: Plan,
): Promise<ReplayResult> {
  const screened = await screen(stored, plan, stored.limit, (run) => bucketNsOf(rangeOf(stored, run)));
  if (screened !== undefined) {
    const found = await judge(stored, { ...stored, only: screened.only }, plan, screened);
    if (found !== undefined) return found;
  }
  return (await judge(stored, stored, plan))!;
}

/**
 * With `screened`, of the traces that are left; undefined where their blocks are no longer those that were screened, or where screening took
 * for a match what is none.
 */
async function judge(
  { limit, signal, ruleLimitMs, window, tenant }: ReplayOptions,
  traces: Traces,
  plan: Plan,
  screened?: ScreenedRun,
): Promise<ReplayResult | undefined> {
  return await overTraces(traces, plan.needs, async (run) => {
    if (screened !== undefined && run.blocks.read !== screened.only.size) return undefined;
    const all = screened ?? run;
    const range = rangeOf({ window }, all);
    const bucketNs = bucketNsOf(range);
    const collectors = plan.rules.map((rule) => new RuleCollector(tenant.name, rule, limit));
    for (const [n, found] of (screened?.rules ?? []).entries()) collectors[n]!.add(found);
    const byRule = new Map(collectors.map((collector) => [collector.rule, collector]));
    const listUntil = (rule: RulePlan): bigint | undefined => byRule.get(rule)?.lastListed;
    const knownFacts = (rule: RulePlan): RuleFacts => byRule.get(rule)?.facts ?? NO_FACTS;
    let counted = { spans: screened?.spans ?? 0, sharing: 0 };
    await run.forEachUnit(async (canSplit) => {
      const going = collectors.filter(({ problem }) => problem === undefined);
      if (going.length > 0) {
        const part = { ...plan, rules: going.map(({ rule }) => rule) };
        const { rules, failed } = await evaluateRules(run.db, part, run.columns, {
          bucketNs,
          limit,
          listUntil,
          knownFacts,
          canSplit,
          spansNear: run.spansNear,
          ...(ruleLimitMs === undefined ? {} : { ruleLimitMs }),
          ...(signal === undefined ? {} : { signal }),
        });
        if (failed.some(({ problem }) => problem.code === RULE_FAILED)) await run.checkBlocks();
        for (const [n, found] of rules.entries()) {
          const failure = failed.find(({ rule }) => rule === found.rule);
          if (failure === undefined) going[n]!.add(found);
          else going[n]!.problem = failure.problem;
        }
      }
      const { spans, sharing } = await run.countSpans();
      counted = { spans: counted.spans + spans, sharing: counted.sharing + sharing };
    });
    // A filter that matched only a copy that does not stay has matched nothing.
    if (screened?.facts.some((facts, n) => !includesFacts(collectors[n]!.facts, facts))) return undefined;
    return {
      tenant: tenant.name,
      range,
      blocks: all.blocks,
      traces: all.traces,
      spans: counted.spans,
      spansSharingId: counted.sharing,
      bucketNs,
      rules: collectors.map((collector) => collector.result()),
    };
  });
}

type Range = ReplayResult['range'];

/** The window, with the times of traces where it was left open. */
function rangeOf(
  { window: { fromNs, toNs } }: Pick<ReplayOptions, 'window'>,
  { firstStart, lastStart }: Pick<StoredRun, 'firstStart' | 'lastStart'>,
): Range {
  const from = fromNs ?? firstStart;
  const to = toNs ?? (lastStart === undefined ? undefined : lastStart + 1n);
  return { ...(from === undefined ? {} : { fromNs: from }), ...(to === undefined ? {} : { toNs: to }) };
}

function bucketNsOf({ fromNs, toNs }: Range): bigint {
  return bucketWidth(fromNs ?? 0n, toNs ?? 0n);
}

/** What is different about the cases that violate the rules, in addition to what was judged. */
export async function withDifferences(
  options: AllTraces & RulesToReplay,
  judged: readonly JudgedRule[],
): Promise<readonly JudgedRule[]> {
  const { differences } = await import('./differences/differences.js');
  const found = await differences({ ...options, judged });
  return judged.map((rule) => {
    const differences = found.get(rule.rule.id);
    return differences === undefined ? rule : { ...rule, differences: differences };
  });
}

/** A flow may lie in blocks around the range, and in several units: a pass of their own. */
export async function flowRules(
  options: ReplayOptions & Pick<FlowsToJudge, 'keyShare'>,
  { bucketNs }: Pick<ReplayResult, 'bucketNs'>,
): Promise<readonly JudgedFlowRule[]> {
  const rules = ofKind(options.rules, 'flow').filter(({ settings }) => settings.enabled);
  if (rules.length === 0) return [];
  const { replayFlows } = await import('./flows/replay-flows.js');
  return await replayFlows(options, rules, bucketNs);
}

/** What some of the traces have for rules over many, before anything is judged. */
export async function windowCounts(
  options: AllTraces & RulesToReplay & Pick<WindowsToJudge, 'range' | 'bucketNs'>,
): Promise<readonly CountedPart[]> {
  const rules = ofKind(options.rules, 'window');
  if (rules.length === 0) return [];
  const { countOver } = await import('./over/replay-over.js');
  return await countOver({ ...options, rules });
}

/** Rules over many traces count every span in the range, also of traces that start before it: a pass of their own. */
async function windowRules(
  options: ReplayOptions,
  { range: { fromNs, toNs }, bucketNs }: Pick<ReplayResult, 'range' | 'bucketNs'>,
): Promise<readonly JudgedWindowRule[]> {
  const rules = ofKind(options.rules, 'window');
  if (rules.length === 0) return [];
  // Few files of rules have any, and it is a good part of what a replay loads.
  const { notJudgedRules, replayOver } = await import('./over/replay-over.js');
  if (fromNs === undefined || toNs === undefined) return notJudgedRules(rules);
  // Where nobody said when the range begins or ends, windows hold all of the data.
  const open = { from: options.window.fromNs === undefined, to: options.window.toNs === undefined };
  return await replayOver({ ...options, rules, range: { fromNs, toNs, open }, bucketNs });
}
