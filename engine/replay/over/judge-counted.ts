/** The verdicts of a rule over many traces on what was counted for it. */
import type { SelectionPlan } from '../../plan/metrics-plan.js';
import type { WindowRulePlan } from '../../plan/window-plan.js';
import { least } from '../../shared/least.js';
import type { JudgedWindowRule } from '../../verdicts/judged-rule.js';
import type { UnjudgedWindows } from '../../verdicts/window-violation.js';
import { type CountedRule, selectionsOfRule, type WindowsToJudge } from './count-rules.js';
import { type Judgement, judge, notJudged } from './judge.js';
import {
  MAX_SERIES,
  type WindowGrid,
  windowNs,
  windowStart,
  windowStartBefore,
  windowsOf,
} from './windows.js';

export interface CountedOptions
  extends Pick<
    WindowsToJudge,
    'range' | 'judgedFromNs' | 'rememberedWindows' | 'maxSeries' | 'bucketNs' | 'limit'
  > {
  readonly tenant: string;
}

/** Throws a `QueryError` where the series change too often. */
export function judgeCounted(counted: CountedRule, options: CountedOptions): Judgement | JudgedWindowRule {
  const { rule, selections, counts, facts, begun } = counted;
  const { tenant, bucketNs, limit, judgedFromNs, rememberedWindows, maxSeries = MAX_SERIES } = options;
  const shape = { window: BigInt(rule.window), every: BigInt(rule.every) };
  const { grid, cut: cutByRange } = windowsOf(shape, options.range);
  if (grid === undefined) return notJudged(rule, cutByRange);
  const asked = judgedFromNs !== undefined && judgedFromNs > grid.startNs ? judgedFromNs : grid.startNs;
  const { firstNs, unknown } =
    begun === undefined
      ? { firstNs: asked, unknown: [] }
      : windowsKnown(grid, asked, begun, longestPrior(rule, selections));
  const cut = [...cutByRange, ...unknown];
  if (firstNs === undefined) return notJudged(rule, cut);
  return judge(
    rule,
    { grid, selections, counts },
    {
      tenant,
      bucketNs,
      limit,
      maxSeries,
      cut,
      facts,
      judgedFromNs: firstNs,
      ...(rememberedWindows === undefined ? {} : { rememberedSlots: rememberedWindows * grid.perWindow }),
    },
  );
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
