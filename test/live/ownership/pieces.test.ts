/** Pieces of time: whatever is added and left out, they have what was reported of the time that they are of, each once. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Piece, withoutRange, withRange } from '../../../engine/live/ownership/pieces.js';
import { runs } from '../../support/runs.js';

const LENGTH = 10n;

describe('pieces', () => {
  it('have what was reported last of each time, and end at multiples of their length', () => {
    const aStep = fc.record({
      from: fc.nat(60),
      length: fc.integer({ min: 1, max: 35 }),
      isLeftOut: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(aStep, { maxLength: 12 }), (steps) => {
        let pieces: readonly Piece[] = [];
        /** By the end of a violation: in which step it was reported. */
        const model = new Map<number, number>();
        for (const [n, { from, length, isLeftOut }] of steps.entries()) {
          const range = { from: BigInt(from), until: BigInt(from + length) };
          const ends = Array.from({ length }, (_, index) => from + index + 1);
          const reported = ends.map((end) => ({ id: `${n}`, sees: [`${end - 1}`, `${end}`] as const }));
          pieces = isLeftOut ? withoutRange(pieces, range) : withRange(pieces, range, reported, LENGTH);
          for (const end of ends)
            if (isLeftOut) model.delete(end);
            else model.set(end, n);
        }
        const found = pieces.flatMap(({ reported }) =>
          reported.map(({ id, sees }) => [Number(sees[1]), Number(id)]),
        );
        expect(found.toSorted((a, b) => a[0]! - b[0]!)).toEqual([...model].toSorted((a, b) => a[0] - b[0]));
        for (const { from, until, reported } of pieces) {
          expect((BigInt(until) - 1n) / LENGTH).toBe(BigInt(from) / LENGTH);
          expect(reported).toHaveLength(Number(until) - Number(from));
        }
      }),
      { numRuns: runs(200) },
    );
  });
});
