/** The offsets of zones, of which SQL is made, are those that `Intl` has for every moment. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { zoneNames } from '../../engine/language/tree/zones.js';
import { zoneOffsets } from '../../engine/sql/compile/value/zone-offsets.js';

const FIRST = Date.UTC(1970, 0, 1);
const LAST = Date.UTC(2101, 0, 1);

function ofTable(zone: string, second: number): number {
  return zoneOffsets(zone).findLast(({ from }) => from <= second)!.seconds;
}

/** By the wall clock of the zone, read as if it were one of UTC. */
function ofClock(zone: string, second: number): number {
  const clock = new Date(second).toLocaleString('sv-SE', { timeZone: zone });
  return (Date.parse(`${clock.replace(' ', 'T')}Z`) - second) / 1000;
}

const second = fc.integer({ min: FIRST / 1000, max: LAST / 1000 }).map((seconds) => seconds * 1000);

test('at any moment in any zone', () => {
  fc.assert(
    fc.property(fc.constantFrom(...zoneNames()), fc.array(second, { minLength: 3 }), (zone, moments) => {
      for (const moment of moments)
        expect(ofTable(zone, moment), `${zone} ${moment}`).toBe(ofClock(zone, moment));
    }),
    { numRuns: 40 },
  );
});

test.each([
  'Europe/Berlin',
  'Africa/Casablanca',
  'Africa/Cairo',
  'Asia/Hebron',
  'Australia/Lord_Howe',
  'Africa/Monrovia',
])('in every week of %s, and in the seconds around each change', (zone) => {
  const week = 7 * 24 * 3600 * 1000;
  const wrong: number[] = [];
  const look = (moment: number): void => {
    if (ofTable(zone, moment) !== ofClock(zone, moment)) wrong.push(moment);
  };
  for (let moment = FIRST; moment < Date.UTC(2030, 0, 1); moment += week) look(moment);
  for (const { from } of zoneOffsets(zone).slice(1)) for (const moment of [from - 1000, from]) look(moment);
  expect(wrong).toEqual([]);
});

test('a zone without summer time has few offsets, one with it two a year', () => {
  expect(zoneOffsets('UTC')).toEqual([{ from: FIRST, seconds: 0 }]);
  expect(zoneOffsets('Asia/Kolkata')).toHaveLength(1);
  expect(zoneOffsets('Europe/Berlin').length).toBeGreaterThan(2 * 115);
});
