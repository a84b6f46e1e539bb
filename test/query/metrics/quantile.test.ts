import { describe, expect, it } from 'vitest';
import { quantileOf } from '../../../engine/query/metrics/quantile.js';

describe('a quantile out of buckets of powers of two', () => {
  it('is the edge of a bucket that is used up exactly', () => {
    expect(
      quantileOf(0.5, [
        { max: 2, count: 1 },
        { max: 4, count: 1 },
      ]),
    ).toBe(2);
    expect(
      quantileOf(1, [
        { max: 2, count: 1 },
        { max: 4, count: 1 },
      ]),
    ).toBe(4);
  });

  it('is interpolated exponentially inside a bucket', () => {
    expect(quantileOf(0.5, [{ max: 4, count: 10 }])).toBeCloseTo(2 ** 1.5, 12);
    expect(
      quantileOf(0.5, [
        { max: 2, count: 2 },
        { max: 16, count: 6 },
      ]),
    ).toBeCloseTo(2 ** (1 + 3 * (2 / 6)), 12);
  });

  it('reads at least one sample', () => {
    expect(quantileOf(0, [{ max: 4, count: 10 }])).toBeCloseTo(2 ** 1.1, 12);
  });

  it('is 0 of nothing', () => {
    expect(quantileOf(0.5, [])).toBe(0);
  });
});
