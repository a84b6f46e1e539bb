import type { ReplayResult } from '../../engine/replay/result.js';
import { decidedBuckets } from '../../engine/verdicts/decided-buckets.js';
import type { JudgedRule } from '../../engine/verdicts/judged-rule.js';
import { historyOf } from '../../engine/verdicts/rule-histories.js';
import { rateHistoryText } from './rate-history-text.js';
import { axisTimes } from './times.js';

/** Of fewer buckets with cases nothing is said: there is no time over which a share could have changed. */
const LEAST_BUCKETS = 4;

/** Whether there is enough of the time of a rule to say something of its rate. */
export function hasRate(found: JudgedRule, { bucketNs }: Pick<ReplayResult, 'bucketNs'>): boolean {
  return decidedBuckets(found, bucketNs).length >= LEAST_BUCKETS;
}

/** Since when a violated rule is violated as often as it is: `0.05 % until 15:00, 3.1 % since then`. */
export function rateText(
  found: JudgedRule,
  result: Pick<ReplayResult, 'range' | 'bucketNs' | 'rules'>,
): string | undefined {
  const { fromNs, toNs } = result.range;
  const history = historyOf(found, result);
  if (history === undefined || !hasRate(found, result) || fromNs === undefined || toNs === undefined)
    return undefined;
  return rateHistoryText(history, axisTimes(fromNs, toNs));
}
