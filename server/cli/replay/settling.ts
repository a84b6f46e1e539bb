import type { ReplayResult } from '../../../engine/replay/result.js';
import { secondText } from '../../shared/times.js';

/** So long after it came Tempo 2 may write a span to a block: `max_block_duration`, 30 minutes unless changed, and the upload. */
const SETTLING_MINUTES = 45;

/** Where some violations are of traces, or windows, that may not be whole yet: what to make of that, in two short lines. */
export function settlingText(
  { rules, overRules }: ReplayResult,
  nowMs: number,
): readonly [string, string] | undefined {
  const since = BigInt(nowMs - SETTLING_MINUTES * 60_000) * 1_000_000n;
  const lasts = [
    ...rules.map(({ last }) => last),
    ...overRules.map(({ rule, last }) => (last === undefined ? undefined : last + BigInt(rule.window))),
  ];
  if (!lasts.some((last) => last !== undefined && last >= since)) return undefined;
  return [
    `violations since ${secondText(since)} UTC may be of traces not yet whole:`,
    `Tempo writes spans to blocks up to ${SETTLING_MINUTES} min later. --to ${SETTLING_MINUTES}m leaves them out`,
  ];
}
