/** Since when a rule is violated as often as it is: where the share of its cases that are violated changes. */

import type { BucketCounts } from './evaluation.js';

/** A stretch of time in which the share stays the same. Times are nanoseconds since the Unix epoch. */
export interface RatePart {
  /** Of the first bucket with a case; and where its last one ends. */
  readonly fromNs: bigint;
  readonly toNs: bigint;
  /** Its cases, without those that cannot be determined. */
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
 * and everything counts for less by as much. Undefined where there is no case that could be determined.
 *
 * @param buckets ascending, those without a case left out
 */
export function rateHistory(buckets: readonly BucketCounts[], bucketNs: bigint): RateHistory | undefined {
  return rateHistories([buckets], bucketNs)[0];
}

/**
 * The histories of several rules, of which those that change within one another's certainty are taken to have changed at once: their
 * likelihoods together tell when, which those of a rule with few violations alone do not.
 */
export function rateHistories(
  rules: readonly (readonly BucketCounts[])[],
  bucketNs: bigint,
): readonly (RateHistory | undefined)[] {
  const found = rules.map((buckets) => searched(buckets, bucketNs));
  const changes = found.flatMap((searched, rule) =>
    (searched?.starts.slice(1) ?? []).map((_, change) => ({ rule, change, ...likelyAt(searched!, change) })),
  );
  const together = new Map(
    atOnce(changes).flatMap((some) => {
      const joint = jointly(some, bucketNs);
      return some.map(({ rule, change }) => [`${rule} ${change}`, joint] as const);
    }),
  );
  return found.map((searched, rule) => {
    if (searched === undefined) return undefined;
    const { sums, starts } = searched;
    const own = starts.slice(1).map((_, n) => likelyAt(searched, n));
    const moved = starts.map((start, n) => {
      const joint = n === 0 ? undefined : together.get(`${rule} ${n - 1}`);
      return joint === undefined
        ? start
        : sums.firstFrom(joint.atNs, starts[n - 1]! + 1, (starts[n + 1] ?? sums.length) - 1);
    });
    const ends = [...moved.slice(1), sums.length];
    return {
      parts: moved.map((start, n) => sums.part(start, ends[n]!)),
      changes: own.map(({ earliestNs, latestNs }, n) => {
        const joint = together.get(`${rule} ${n}`);
        const atNs = sums.startNs(moved[n + 1]!);
        if (joint === undefined) return { earliestNs, atNs, latestNs };
        // What is known of all of them does not reach beyond what is known of the one.
        const from = joint.earliestNs > earliestNs && joint.earliestNs < atNs ? joint.earliestNs : earliestNs;
        const to = joint.latestNs < latestNs && joint.latestNs > atNs ? joint.latestNs : latestNs;
        return { earliestNs: from, atNs, latestNs: to };
      }),
    };
  });
}

/** Where a history of one rule changes, by itself. */
interface Searched {
  readonly sums: Sums;
  readonly scatter: number;
  /** Of the parts. */
  readonly starts: readonly number[];
}

function searched(buckets: readonly BucketCounts[], bucketNs: bigint): Searched | undefined {
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
  return { sums, scatter, starts: bestStarts(sums, WORTH_A_CHANGE * scatter) };
}

/** When the n-th change may have been, and how likely each time is. */
interface Likely extends Omit<RateChange, 'atNs'> {
  /** By time: log likelihoods, 0 for the most likely. */
  readonly likely: ReadonlyMap<bigint, number>;
}

function likelyAt({ sums, scatter, starts }: Searched, change: number): Likely {
  const [from, middle, to] = [starts[change]!, starts[change + 1]!, starts[change + 2] ?? sums.length];
  const likelihood = (split: number): number => sums.likelihood(from, split) + sums.likelihood(split, to);
  const most = likelihood(middle);
  const splits = Array.from({ length: to - from - 1 }, (_, k) => from + 1 + k);
  const enough = splits.filter((split) => likelihood(split) >= most - CERTAIN_WITHIN * scatter);
  return {
    // A share that changes within a bucket makes a change at either of its ends likely.
    earliestNs: sums.startNs(enough[0]! - 1),
    latestNs: sums.endNs(enough.at(-1)!),
    likely: new Map(splits.map((split) => [sums.startNs(split), (likelihood(split) - most) / scatter])),
  };
}

interface ChangeOfRule extends Likely {
  readonly rule: number;
  readonly change: number;
}

/** Changes of different rules that may all have been at one time: two at least. */
function atOnce(changes: readonly ChangeOfRule[]): readonly (readonly ChangeOfRule[])[] {
  const inOrder = [...changes].sort((a, b) =>
    a.latestNs < b.latestNs ? -1 : a.latestNs > b.latestNs ? 1 : a.rule - b.rule,
  );
  const groups: ChangeOfRule[][] = [];
  for (const change of inOrder) {
    const group = groups.find(
      (some) =>
        some.every(({ rule }) => rule !== change.rule) &&
        some.every(({ latestNs }) => change.earliestNs < latestNs),
    );
    if (group === undefined) groups.push([change]);
    else group.push(change);
  }
  return groups.filter(({ length }) => length > 1);
}

/** What a time counts at which one of the rules has no case. */
const UNLIKELY = -10;

function jointly(changes: readonly ChangeOfRule[], bucketNs: bigint): RateChange {
  const times = [...new Set(changes.flatMap(({ likely }) => [...likely.keys()]))].sort((a, b) =>
    a < b ? -1 : 1,
  );
  const scores = times.map((time) =>
    changes.reduce((sum, { likely }) => sum + (likely.get(time) ?? UNLIKELY), 0),
  );
  const most = Math.max(...scores);
  const enough = times.filter((_, n) => scores[n]! >= most - CERTAIN_WITHIN);
  return {
    earliestNs: enough[0]! - bucketNs,
    atNs: times[scores.indexOf(most)]!,
    latestNs: enough.at(-1)! + bucketNs,
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

  startNs(bucket: number): bigint {
    return this.counts[bucket]!.fromNs;
  }

  /** The first of these, from one on and to another, that begins at the time or later. */
  firstFrom(ns: bigint, least: number, most: number): number {
    for (let n = least; n < most; n++) if (this.startNs(n) >= ns) return n;
    return most;
  }

  endNs(bucket: number): bigint {
    return this.counts[bucket]!.toNs;
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
  for (let end = sums.length; end > 0; end = last[end]!) starts.unshift(last[end]!);
  return starts;
}
