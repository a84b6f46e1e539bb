import type { BucketCounts } from './evaluation.js';
import type { JudgedRule } from './judged-rule.js';

/**
 * The buckets in which all cases are decided. From the first case on that the end of the range left undecided, cases that are violated are
 * counted and those that may yet pass are not, so that shares of these buckets would only seem to rise.
 */
export function decidedBuckets(judged: JudgedRule, bucketNs: bigint): readonly BucketCounts[] {
  if (judged.kind !== 'flow' || judged.undecided === 0) return judged.buckets;
  const [first] = judged.undecidedCases;
  if (first === undefined) return [];
  return judged.buckets.filter(({ start }) => start + bucketNs <= first.time);
}
