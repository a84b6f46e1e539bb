import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isNoId, SpanIds } from '../../../engine/live/traces/span-ids.js';

const length = { minLength: 8, maxLength: 8 };
/** Few enough that one comes with several numbers, and many. */
const id = fc.oneof(fc.uint8Array({ ...length, max: 1 }), fc.uint8Array(length));
const entry = fc.tuple(id, fc.integer({ min: 0, max: 5 }));
const name = ([bytes, number]: readonly [Uint8Array, number]): string => `${bytes.join(' ')} ${number}`;

describe('a set of span ids', () => {
  it('counts each id with its number once, in the order of their coming, again and again', () => {
    const ids = new SpanIds();
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 6000, size: 'max' }), entry, (entries, other) => {
        ids.clear();
        const known = new Map<string, number>();
        for (const added of [...entries, ...entries]) {
          const index = known.get(name(added)) ?? known.size;
          known.set(name(added), index);
          expect(ids.add(added[0], 0, added[1])).toBe(index);
        }
        for (const added of entries) expect(ids.has(added[0], 0, added[1])).toBe(true);
        expect(ids.has(other[0], 0, other[1])).toBe(known.has(name(other)));
      }),
      { numRuns: 40 },
    );
  });

  it('knows the parent of a root', () => {
    expect(isNoId(new Uint8Array(16), 8)).toBe(true);
    expect(isNoId(Uint8Array.of(9, 0, 0, 0, 0, 0, 0, 0, 1), 1)).toBe(false);
  });
});
