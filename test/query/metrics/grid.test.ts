import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  defaultStep,
  instantGrid,
  intervalOf,
  MAX_INTERVALS,
  rangeGrid,
  stampOf,
} from '../../../engine/query/metrics/grid.js';

const SECOND = 1_000_000_000n;

describe('the grid of a range', () => {
  it('is moved outwards to multiples of the step, with one more interval in front', () => {
    const grid = rangeGrid(1_795_132_000n * SECOND, 1_795_220_000n * SECOND, 10_800n * SECOND);
    expect(grid.intervals).toBe(11);
    expect(stampOf(grid, 0)).toBe(1_795_122_000_000);
    expect(stampOf(grid, 10)).toBe(1_795_230_000_000);
  });

  it('puts a time on an edge into the interval that ends there', () => {
    const grid = rangeGrid(20n * SECOND, 40n * SECOND, 10n * SECOND);
    expect(grid).toMatchObject({ startNs: 10n * SECOND, endNs: 40n * SECOND, intervals: 3 });
    expect(intervalOf(grid, 10n * SECOND)).toBeUndefined();
    expect(intervalOf(grid, 10n * SECOND + 1n)).toBe(0);
    expect(intervalOf(grid, 20n * SECOND)).toBe(0);
    expect(intervalOf(grid, 20n * SECOND + 1n)).toBe(1);
    expect(intervalOf(grid, 40n * SECOND)).toBe(2);
    expect(intervalOf(grid, 40n * SECOND + 1n)).toBeUndefined();
  });

  it('holds every time of the range asked for, each in the interval that is stamped at or after it', () => {
    const time = fc.bigInt({ min: 1n, max: 10n ** 12n });
    fc.assert(
      fc.property(
        time,
        time,
        fc.bigInt({ min: 1n, max: 10n ** 10n }),
        fc.nat(1000),
        (from, length, step, thousandths) => {
          fc.pre(length / step <= BigInt(MAX_INTERVALS) && length !== step);
          const grid = rangeGrid(from, from + length, step);
          const within = from + (length * BigInt(thousandths)) / 1000n;
          const interval = intervalOf(grid, within);
          if (within === grid.startNs) {
            // So near to 1970 there is no room for one more interval in front.
            expect(from < 2n * step).toBe(true);
            expect(interval).toBeUndefined();
            return;
          }
          expect(interval).toBeGreaterThanOrEqual(0);
          const edge = grid.startNs + BigInt(interval! + 1) * step;
          expect(edge >= within && edge - step < within).toBe(true);
          expect(edge % step).toBe(0n);
        },
      ),
      { examples: [[2n, 1n, 2n, 0]] },
    );
  });

  it('refuses what makes no range or too many points', () => {
    expect(() => rangeGrid(5n, 5n, 1n)).toThrow(/must end after/);
    expect(() => rangeGrid(5n, 9n, 0n)).toThrow(/step must be positive/);
    expect(() => rangeGrid(-5n, 9n, 1n)).toThrow(/1970/);
    expect(() => rangeGrid(0n, 10_001n * SECOND, SECOND)).toThrow(
      expect.objectContaining({ code: 'BT3002' }),
    );
    expect(rangeGrid(2n * SECOND, 10_002n * SECOND, SECOND).intervals).toBe(10_001);
  });
});

describe('the grid of an instant', () => {
  it('is one interval with both edges, stamped at the end', () => {
    for (const grid of [instantGrid(1_500_000n, 9_500_000n), rangeGrid(1_500_000n, 9_500_000n, 8_000_000n)]) {
      expect(grid.intervals).toBe(1);
      expect([1_499_999n, 1_500_000n, 9_500_000n, 9_500_001n].map((time) => intervalOf(grid, time))).toEqual([
        undefined,
        0,
        0,
        undefined,
      ]);
      expect(stampOf(grid, 0)).toBe(9);
    }
  });
});

it('takes a step that makes about 240 points of the range, in units that people read', () => {
  const steps = (seconds: number) => Number(defaultStep(0n, BigInt(seconds) * SECOND)) / 1e9;
  expect([7, 30, 60, 600, 3600, 4 * 3600, 24 * 3600, 30 * 24 * 3600].map(steps)).toEqual([
    0.05, 0.1, 1, 2, 15, 60, 300, 10_800,
  ]);
});
