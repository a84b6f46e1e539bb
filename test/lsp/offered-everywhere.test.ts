import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupBy } from '../../engine/shared/group-by.js';
import { runs } from '../support/runs.js';
import { misleading, PLACES, type Place } from './offer-places.js';

/** `all`, or a share of all such as `1/4`: every place of it is tried once. */
const ASKED = process.env.BETRACE_PLACES;

function share(asked: string): readonly Place[] {
  if (asked === 'all') return PLACES;
  const [number, shares] = asked.split('/').map(Number);
  if (number === undefined || shares === undefined || !(number >= 1 && number <= shares))
    throw new Error(`BETRACE_PLACES is "all" or a share of all such as "1/4", not "${asked}"`);
  return PLACES.filter((_, index) => index % shares === number - 1);
}

/** Enough for all places on one slow processor. */
const HOURS = 3_600_000 * 4;

describe('completion offers only what parses, in the rules of this repository', () => {
  it.runIf(ASKED === undefined)('wherever a token starts or ends', () => {
    const shapes = [...groupBy(PLACES, ({ shape }) => shape).values()];
    const place = fc.constantFrom(...shapes).chain((alike) => fc.constantFrom(...alike));
    fc.assert(
      fc.property(place, (chosen) => {
        expect(misleading(chosen)).toEqual([]);
      }),
      { numRuns: runs(40) },
    );
  });

  it.runIf(ASKED !== undefined)(
    `at each of its places: ${ASKED ?? ''}`,
    () => {
      const places = share(ASKED ?? 'all');
      const found = places.flatMap((place) => misleading(place));
      expect(found).toEqual([]);
    },
    HOURS,
  );
});
