import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { groupBy } from '../../engine/shared/group-by.js';
import { runs } from '../support/runs.js';
import { misleading, PLACES, type Place } from './offer-places.js';

/**
 * Which places are tried, each once: `all`, or one of each of the `kinds` that the grammar distinguishes; `kinds:1/4` is a quarter of them.
 */
const ASKED = process.env.BETRACE_PLACES;

function asked(share: string): readonly Place[] {
  const [, word, number = '1', shares = '1'] = /^(all|kinds)(?::(\d+)\/(\d+))?$/u.exec(share) ?? [];
  if (word === undefined)
    throw new Error(`BETRACE_PLACES is such as "all", "kinds" or "all:1/4", not "${share}"`);
  const places = word === 'all' ? PLACES : [...new Map(PLACES.map((place) => [place.alike, place])).values()];
  return places.filter((_, index) => index % Number(shares) === Number(number) - 1);
}

/** Enough for all places on one slow processor. */
const HOURS = 3_600_000 * 4;

describe('completion offers only what parses, in the rules of this repository', () => {
  it.runIf(ASKED === undefined)('wherever a token starts or ends', () => {
    const shapes = [...groupBy(PLACES, ({ near }) => near).values()];
    const place = fc.constantFrom(...shapes).chain((alike) => fc.constantFrom(...alike));
    fc.assert(
      fc.property(place, (chosen) => {
        expect(misleading(chosen)).toEqual([]);
      }),
      { numRuns: runs(40) },
    );
  });

  it.runIf(ASKED !== undefined)(
    `at each of its places (${ASKED ?? ''})`,
    () => {
      expect(asked(ASKED ?? 'all').flatMap((place) => misleading(place))).toEqual([]);
    },
    HOURS,
  );
});
