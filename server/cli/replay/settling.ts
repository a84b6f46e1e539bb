import type { ReplayResult } from '../../../engine/replay/result.js';
import type { JudgedRule } from '../../../engine/verdicts/judged-rule.js';
import { secondText } from '../../shared/times.js';

/** So long after it came Tempo 2 may write a span to a block: `max_block_duration`, 30 minutes unless changed, and the upload. */
const SETTLING_MINUTES = 45;

/** Where some violations are of traces, or windows, that may not be whole yet: what to make of that, in two short lines. */
export function settlingText({ rules }: ReplayResult, nowMs: number): readonly [string, string] | undefined {
  const since = BigInt(nowMs - SETTLING_MINUTES * 60_000) * 1_000_000n;
  if (!rules.some((rule) => (lastMoment(rule) ?? 0n) >= since)) return undefined;
  return [
    `violations since ${secondText(since)} UTC may be of traces not yet whole:`,
    `Tempo writes spans to blocks up to ${SETTLING_MINUTES} min later. --to ${SETTLING_MINUTES}m leaves them out`,
  ];
}

/** The last moment of what the last violation is about, as far as it is known. */
function lastMoment(found: JudgedRule): bigint | undefined {
  if (found.last === undefined) return undefined;
  switch (found.kind) {
    case 'trace':
    case 'flow':
      return found.last;
    case 'window':
      return found.last + BigInt(found.rule.window);
  }
}
