import type { BucketCounts } from '../verdicts/evaluation.js';
import { rateHistory } from '../verdicts/rate-history.js';
import { lastRise, type RateRise } from '../verdicts/rate-rise.js';

/** Nanoseconds: what cases are counted by to see their rate change, by the time of each. */
export const RATE_BUCKET_NS = 900_000_000_000n;
/** How far back counts are kept: a day. */
const BUCKETS = 96;

/**
 * The cases of one rule over the last day, as this process counted them, and since when the rule is violated more often. A ring of
 * counters: the same memory however many cases there are.
 */
export class RecentRates {
  private readonly passed = new Uint32Array(BUCKETS);
  private readonly violated = new Uint32Array(BUCKETS);
  /** The number of the newest bucket. */
  private newest = -1n;
  /** What was found when it was asked for last; until there are more cases it stays. */
  private found: { readonly rise: RateRise | undefined } | undefined;

  add(buckets: readonly BucketCounts[]): void {
    for (const { start, passed, violated } of buckets) {
      const bucket = start / RATE_BUCKET_NS;
      this.moveTo(bucket);
      if (bucket <= this.newest - BigInt(BUCKETS)) continue;
      const place = placeOf(bucket);
      this.passed[place]! += passed;
      this.violated[place]! += violated;
    }
    this.found = undefined;
  }

  get rise(): RateRise | undefined {
    this.found ??= { rise: this.search() };
    return this.found.rise;
  }

  private search(): RateRise | undefined {
    if (this.violated.every((count) => count === 0)) return undefined;
    return lastRise(rateHistory(this.buckets(), RATE_BUCKET_NS));
  }

  private moveTo(bucket: bigint): void {
    if (bucket <= this.newest) return;
    const from =
      this.newest < 0n || bucket - this.newest >= BigInt(BUCKETS)
        ? bucket - BigInt(BUCKETS - 1)
        : this.newest + 1n;
    for (let n = from; n <= bucket; n++) {
      const place = placeOf(n);
      this.passed[place] = 0;
      this.violated[place] = 0;
    }
    this.newest = bucket;
  }

  private buckets(): readonly BucketCounts[] {
    if (this.newest < 0n) return [];
    return Array.from({ length: BUCKETS }, (_, n) => {
      const bucket = this.newest - BigInt(BUCKETS - 1 - n);
      const place = placeOf(bucket);
      const counts = { passed: this.passed[place]!, violated: this.violated[place]!, cannotTell: 0 };
      return { start: bucket * RATE_BUCKET_NS, ...counts };
    }).filter(({ start, passed, violated }) => start >= 0n && passed + violated > 0);
  }
}

/** Adds cases that are counted for the first time. */
export function addToRates(counts: { rates?: RecentRates }, buckets: readonly BucketCounts[]): void {
  if (buckets.length === 0) return;
  counts.rates ??= new RecentRates();
  counts.rates.add(buckets);
}

function placeOf(bucket: bigint): number {
  const size = BigInt(BUCKETS);
  return Number(((bucket % size) + size) % size);
}
