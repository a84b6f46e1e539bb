import { decidedBuckets } from './decided-buckets.js';
import type { JudgedRule } from './judged-rule.js';
import { type RateHistory, rateHistories } from './rate-history.js';

/** The rules of a run, and the width of all their buckets. */
export interface JudgedRun {
  readonly rules: readonly JudgedRule[];
  readonly bucketNs: bigint;
}

const known = new WeakMap<readonly JudgedRule[], ReadonlyMap<JudgedRule, RateHistory | undefined>>();

/** Since when a rule is violated as often as it is, with what the other rules of its run say about that. Undefined where no case could be determined. */
export function historyOf(found: JudgedRule, { rules, bucketNs }: JudgedRun): RateHistory | undefined {
  const histories = known.get(rules) ?? allOf(rules, bucketNs);
  known.set(rules, histories);
  return histories.get(found);
}

function allOf(
  rules: readonly JudgedRule[],
  bucketNs: bigint,
): ReadonlyMap<JudgedRule, RateHistory | undefined> {
  const histories = rateHistories(
    rules.map((rule) => decidedBuckets(rule, bucketNs)),
    bucketNs,
  );
  return new Map(rules.map((rule, n) => [rule, histories[n]]));
}
