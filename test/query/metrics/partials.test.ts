/** Where there are more groups than are kept, the first are, and each is whole, in whatever order and units its points come. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { groupKey, Partials } from '../../../engine/query/metrics/partials.js';
import type { PartialPoint } from '../../../engine/sql/compile/metrics/metrics.js';
import { runs } from '../../support/runs.js';

const values: fc.Arbitrary<PartialPoint['group'][number]> = fc.oneof(
  fc.constant(undefined),
  fc.integer({ min: 0, max: 12 }).map(BigInt),
  fc.constantFrom(0.5, 3, Number.NaN, Number.POSITIVE_INFINITY),
  fc.constantFrom('', 'a', 'b', '1', 'null'),
  fc.boolean(),
);

const points: fc.Arbitrary<PartialPoint> = fc.record({
  group: fc.tuple(values, values),
  interval: fc.integer({ min: 0, max: 3 }),
  count: fc.integer({ min: 1, max: 5 }),
  numbers: fc.record({
    wholeSum: fc.bigInt({ min: -9n, max: 9n }),
    sum: fc.constantFrom(0, 0.5, -2),
    least: fc.integer({ min: -3, max: 3 }),
    greatest: fc.integer({ min: 4, max: 9 }),
  }),
  power: fc.integer({ min: 1, max: 4 }),
});

const DURATIONS = [false, false];

it('keeps the first groups whole', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(points, { maxLength: 40 }), { maxLength: 5 }),
      fc.integer({ min: 1, max: 12 }),
      (units, limit) => {
        const all = new Partials(Number.POSITIVE_INFINITY, DURATIONS);
        const bounded = new Partials(limit, DURATIONS);
        for (const unit of units) {
          const own = new Partials(limit, DURATIONS);
          for (const point of unit) {
            all.add(point);
            own.add(point);
          }
          bounded.addAll(own);
        }
        expect(bounded.all).toEqual(all.all.slice(0, limit));
        expect(bounded.cut).toBe(all.all.length > limit);
        expect(new Set(all.all.map(({ group }) => groupKey(group))).size).toBe(all.all.length);
      },
    ),
    { numRuns: runs(100) },
  );
});
