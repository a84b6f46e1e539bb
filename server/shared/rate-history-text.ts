import type { RateHistory } from '../../engine/verdicts/rate-history.js';
import { percent } from './numbers.js';

/** Of a rule that came and went, the latest parts are listed. */
const MOST_PARTS = 4;

/**
 * `0.05 % until 15:00, 3.1 % since then (changed between 14:45 and 15:15)`, or `steady at 0.05 %, no change found`. The times in
 * parentheses are those of the last change.
 *
 * @param time writes a time
 */
export function rateHistoryText({ parts, changes }: RateHistory, time: (ns: bigint) => string): string {
  const last = changes.at(-1);
  if (last === undefined) return `steady at ${shareOf(parts[0]!)}, no change found`;
  const texts = parts.map((part, n) => {
    const change = changes[n];
    return change === undefined
      ? `${shareOf(part)} since then`
      : `${shareOf(part)} until ${time(change.atNs)}`;
  });
  const left = texts.length - MOST_PARTS;
  const shown = [...(left > 0 ? [`${left} earlier`] : []), ...texts.slice(-MOST_PARTS)].join(', ');
  return `${shown} (changed between ${time(last.earliestNs)} and ${time(last.latestNs)})`;
}

function shareOf({ applicable, violated }: RateHistory['parts'][number]): string {
  return percent(violated, applicable);
}
