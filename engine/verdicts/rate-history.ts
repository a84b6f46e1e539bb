/** Since when a rule is violated as often as it is: where the share of its cases that are violated changes. */

import type { BucketCounts } from './evaluation.js';

/** A stretch of time in which the share stays the same. Times are nanoseconds since the Unix epoch. */
export interface RatePart {
  /** Of the first bucket with a case; and where its last one ends. */
  readonly fromNs: bigint;
  readonly toNs: bigint;
  /** Its cases, without those that cannot be told. */
  readonly applicable: number;
  readonly violated: number;
}

/**
 * Between two parts: with some 95 % certainty the share changes from `earliestNs` on and before `latestNs`, most likely at `atNs`. To the
 * width of a bucket, so `latestNs` lies at least two of them behind `earliestNs`.
 */
export interface RateChange {
  readonly earliestNs: bigint;
  readonly atNs: bigint;
  readonly latestNs: bigint;
}

/** One part where no change was found; `changes[n]` lies between `parts[n]` and `parts[n + 1]`. */
export interface RateHistory {
  readonly parts: readonly RatePart[];
  readonly changes: readonly RateChange[];
}

/**
 * What a further change has to gain in log likelihood. Of data without a change and up to some hundred buckets less than one set in
 * fifty gains as much by chance (`test/verdicts/rate-history.test.ts` generates such sets).
 */
const WORTH_A_CHANGE = 7;
/** Where a change may lie: up to so much less likely than where it is most likely (half of the chi-squared quantile of 95 %). */
const CERTAIN_WITHIN = 1.92;
/** Of more buckets neighbours are joined: the search compares each with each. */
const MOST_BUCKETS = 512;

/**
 * The history of a rule's share of violated cases, by the likelihood of binomial counts: the parts, of any number, that explain the counts
 * best, each change having to earn its keep (optimal partitioning). Cases that are violated in bursts scatter more than binomial counts do,
 * and everything counts for less by as much. Undefined where there is no case that could be told.
 *
 * @param buckets ascending, those without a case left out
 */
export function rateHistory(buckets: readonly BucketCounts[], bucketNs: bigint): RateHistory | undefined {
  const counts = joined(
    buckets
      .map(({ start, passed, violated }) => ({
        fromNs: start,
        toNs: start + bucketNs,
        applicable: passed + violated,
        violated,
      }))
      .filter(({ applicable }) => applicable > 0),
  );
  if (counts.length === 0) return undefined;
  const sums = new Sums(counts);
  const scatter = scatterOf(counts);
  const starts = bestStarts(sums, WORTH_A_CHANGE * scatter);
  const ends = [...starts.slice(1), counts.length];
  return {
    parts: starts.map((start, n) => sums.part(start, ends[n]!)),
    changes: starts
      .slice(1)
      .map((start, n) => changeAt(sums, [starts[n]!, start, ends[n + 1]!], CERTAIN_WITHIN * scatter)),
  };
}

function joined(counts: readonly RatePart[]): readonly RatePart[] {
  const each = Math.ceil(counts.length / MOST_BUCKETS);
  if (each <= 1) return counts;
  return Array.from({ length: Math.ceil(counts.length / each) }, (_, n) =>
    partOf(counts.slice(n * each, (n + 1) * each)),
  );
}

function partOf(counts: readonly RatePart[]): RatePart {
  return {
    fromNs: counts[0]!.fromNs,
    toNs: counts.at(-1)!.toNs,
    applicable: counts.reduce((sum, { applicable }) => sum + applicable, 0),
    violated: counts.reduce((sum, { violated }) => sum + violated, 0),
  };
}

/** Sums over any stretch of the counts, from one number on and before another. */
class Sums {
  private readonly applicable = [0];
  private readonly violated = [0];

  constructor(private readonly counts: readonly RatePart[]) {
    for (const [n, { applicable, violated }] of counts.entries()) {
      this.applicable.push(this.applicable[n]! + applicable);
      this.violated.push(this.violated[n]! + violated);
    }
  }

  get length(): number {
    return this.counts.length;
  }

  part(from: number, to: number): RatePart {
    return partOf(this.counts.slice(from, to));
  }

  /** The log likelihood of the stretch by the share that makes it most likely; 0 at most. */
  likelihood(from: number, to: number): number {
    const all = this.applicable[to]! - this.applicable[from]!;
    const violated = this.violated[to]! - this.violated[from]!;
    return part(violated, all) + part(all - violated, all);
  }

  startNs(n: number): bigint {
    return this.counts[n]!.fromNs;
  }

  endNs(n: number): bigint {
    return this.counts[n]!.toNs;
  }
}

function part(some: number, all: number): number {
  return some === 0 ? 0 : some * Math.log(some / all);
}

/** Pairs of neighbours from which on something is known of how counts scatter. */
const LEAST_PAIRS = 5;

/**
 * How many times as much the counts scatter as binomial ones, 1 at least: by the differences between neighbours, of which a change of the
 * share is in one.
 */
function scatterOf(counts: readonly RatePart[]): number {
  const squares: number[] = [];
  for (const [n, b] of counts.entries()) {
    const a = counts[n - 1];
    if (a === undefined) continue;
    const share = (a.violated + b.violated) / (a.applicable + b.applicable);
    if (share === 0 || share === 1) continue;
    const difference = a.violated / a.applicable - b.violated / b.applicable;
    squares.push(difference ** 2 / (share * (1 - share) * (1 / a.applicable + 1 / b.applicable)));
  }
  if (squares.length < LEAST_PAIRS) return 1;
  return Math.max(1, squares.reduce((sum, square) => sum + square, 0) / squares.length);
}

/** Where the parts begin, the first at 0. */
function bestStarts(sums: Sums, worth: number): readonly number[] {
  const best = [0];
  const last = [0];
  for (let to = 1; to <= sums.length; to++) {
    best[to] = Number.NEGATIVE_INFINITY;
    for (let from = 0; from < to; from++) {
      const gained = best[from]! + sums.likelihood(from, to) - (from === 0 ? 0 : worth);
      if (gained > best[to]!) [best[to], last[to]] = [gained, from];
    }
  }
  const starts: number[] = [];
  for (let at = sums.length; at > 0; at = last[at]!) starts.unshift(last[at]!);
  return starts;
}

function changeAt(
  sums: Sums,
  [from, at, to]: readonly [number, number, number],
  certainWithin: number,
): RateChange {
  const likelihood = (split: number): number => sums.likelihood(from, split) + sums.likelihood(split, to);
  const enough = likelihood(at) - certainWithin;
  const likely = Array.from({ length: to - from - 1 }, (_, n) => from + 1 + n).filter(
    (split) => likelihood(split) >= enough,
  );
  // A share that changes within a bucket makes a change at either of its ends likely.
  return {
    earliestNs: sums.startNs(likely[0]! - 1),
    atNs: sums.startNs(at),
    latestNs: sums.endNs(likely.at(-1)!),
  };
}
