import { greatest, least } from '../../shared/least.js';
import type { OwnRange } from '../ownership/rule-ownership.js';
import { CATCH_UP_NS, timeText } from '../windows/next-windows.js';

/** Nanoseconds. */
export interface CaseTimes {
  /** How far the rule looks. */
  readonly withinNs: bigint;
  /** From the end of a span until it lies in blocks. */
  readonly delayNs: bigint;
  /** How long a case is waited for that its time has not decided. */
  readonly graceNs: bigint;
}

/** Cases that may be decided now. Nanoseconds since the Unix epoch. */
export interface NextCases {
  /** Those of this time or later, and before `to`. */
  readonly from: bigint;
  readonly to: bigint;
  /** All spans that start before are stored. */
  readonly by: bigint;
  /** What has to be said of them: that cases before are not judged any more, or that the clock went back. */
  readonly notice?: string;
}

const SECOND_NS = 1_000_000_000n;
/** Looking far is reading much: a rule is asked for the more seldom, but not less often than that. */
const MOST_NS = 21_600n * SECOND_NS;
/** Blocks are written now and then: no rule is asked for more often, but where they are said to come sooner. */
const LEAST_NS = 300n * SECOND_NS;

/** How long it is from one judgement of a rule to the next. */
export function stepOf({ withinNs, delayNs }: CaseTimes): bigint {
  const seldom = least([withinNs / 4n, MOST_NS]);
  const often = least([delayNs / 8n, LEAST_NS]);
  return greatest([seldom, often, SECOND_NS]);
}

/**
 * The cases to be judged next: those from `until` on, or without it of what the rule looks back, a day at most. Those that were claimed end
 * `before` some time, however long ago that is; of another owner, those begin that it may have waited for. Undefined where there are none. `now`: nanoseconds
 * since the Unix epoch.
 */
export function nextCases(times: CaseTimes, now: bigint, own: OwnRange): NextCases | undefined {
  const step = stepOf(times);
  const { withinNs, delayNs, graceNs } = times;
  const { before } = own;
  const by = ((now - delayNs) / step) * step;
  const until = judgedCases(times, own);
  const first = { from: by - least([greatest([withinNs, step]), CATCH_UP_NS]), to: by, by };
  if (until === undefined) return first;
  if (before !== undefined) return until < by ? { from: until, to: least([before, by]), by } : undefined;
  if (until > by + CATCH_UP_NS + step)
    return {
      ...first,
      notice: `cases were judged up to ${timeText(until)}: the clock was wrong, then or now`,
    };
  if (until >= by) return undefined;
  const oldest = by - 2n * withinNs - graceNs - CATCH_UP_NS;
  if (until >= oldest) return { from: until, to: by, by };
  const notice = `cases from ${timeText(until)} to ${timeText(oldest)} were not judged: replay them`;
  return { from: oldest, to: by, by, notice };
}

/** Before which time all cases have been judged, here or by the owner before. Undefined where none was. */
function judgedCases(times: CaseTimes, { until, dueBy }: OwnRange): bigint | undefined {
  if (until !== undefined || dueBy === undefined) return until;
  // When it asked last, it waited for no case that began earlier.
  return dueBy - times.delayNs - 2n * stepOf(times) - 2n * times.withinNs - times.graceNs;
}
