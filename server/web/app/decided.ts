import type { HistogramJson } from '../../../engine/answers/judged-rule.js';
import type { RuleJson } from '../../../engine/answers/replay.js';

/**
 * The buckets in which all cases are decided, by which shares can be compared: from the first case on that the end of the range left
 * undecided, those that may yet pass are not counted.
 */
export function decidedBuckets(result: RuleJson): readonly HistogramJson[] {
  const { histogram } = result;
  if (!('undecided' in result) || result.undecided === 0) return histogram;
  const first = result.undecidedCases[0]?.time;
  if (first === undefined) return [];
  return histogram.filter((_, index) => {
    const end = histogram[index + 1]?.start;
    return end !== undefined && end <= first;
  });
}
