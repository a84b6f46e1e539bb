/** Since when a rule that is judged live is violated more often: from counts of the last day, in the same memory however many there are. */
import { describe, expect, it } from 'vitest';
import { RATE_BUCKET_NS, RecentRates } from '../../engine/live/recent-rates.js';
import type { BucketCounts } from '../../engine/verdicts/evaluation.js';

const DAY_BUCKETS = 96;
const bucket = (n: number, violated: number, passed = 200): BucketCounts => ({
  start: BigInt(n) * RATE_BUCKET_NS,
  passed,
  violated,
  cannotTell: 0,
});

describe('the rate of a rule', () => {
  it('rises when it does, to a bucket', () => {
    const rates = new RecentRates();
    for (let n = 1000; n < 1020; n++) rates.add([bucket(n, n < 1012 ? 0 : 6)]);
    expect(rates.rise?.atNs).toBe(1012n * RATE_BUCKET_NS);
    expect(rates.rise).toMatchObject({ before: { violated: 0 }, after: { violated: 48 } });
  });

  it('has not risen where it is steady, where it has fallen, and where there is nothing', () => {
    const [steady, fallen] = [new RecentRates(), new RecentRates()];
    for (let n = 0; n < 40; n++) {
      steady.add([bucket(n, 2)]);
      fallen.add([bucket(n, n < 20 ? 20 : 0)]);
    }
    for (const rates of [steady, fallen, new RecentRates()]) expect(rates.rise).toBeUndefined();
  });

  it('is known in whatever order and parts the cases come', () => {
    const rates = new RecentRates();
    for (const number of [1019, 1003, 1012]) rates.add([bucket(number, number < 1012 ? 0 : 3, 100)]);
    for (let n = 1019; n >= 1000; n--)
      rates.add([bucket(n, n < 1012 ? 0 : 3, 100), bucket(n, n < 1012 ? 0 : 3, 100)]);
    expect(rates.rise?.atNs).toBe(1012n * RATE_BUCKET_NS);
  });

  it('forgets what is more than a day back', () => {
    const rates = new RecentRates();
    for (let n = 0; n < 10; n++) rates.add([bucket(n, 0)]);
    for (let n = 10; n < 20; n++) rates.add([bucket(n, 10)]);
    expect(rates.rise?.atNs).toBe(10n * RATE_BUCKET_NS);
    for (let n = 20; n < 12 + DAY_BUCKETS; n++) rates.add([bucket(n, 10)]);
    expect(rates.rise).toBeUndefined();
    rates.add([bucket(0, 1000)]);
    expect(rates.rise).toBeUndefined();
    rates.add([bucket(1_000_000, 1)]);
    expect(rates.rise).toBeUndefined();
  });
});
