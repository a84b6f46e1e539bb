import { allOf, anyOf, type Need, NOTHING } from './need.js';

/** Something that a comparison reads and that may not be there, as the spans that are counted. */
export interface Source {
  readonly need: Need;
}

/** With more, all ways to be without some of them are too many to look at. */
const MOST_SOURCES = 10;

/**
 * What it needs for a comparison to come out in some way: `can` tells whether it can with just these sources there, and more sources
 * never take that away. Nothing where there are too many sources to tell, so that no want is reported that may be none.
 */
export function subsetNeed<S extends Source>(
  sources: readonly S[],
  can: (there: (source: S) => boolean) => boolean,
): Need {
  if (sources.length > MOST_SOURCES) return NOTHING;
  const enough: number[] = [];
  const sets = Array.from({ length: 2 ** sources.length }, (_, set) => set).sort((a, b) => bits(a) - bits(b));
  for (const set of sets) {
    if (enough.some((smaller) => (smaller & set) === smaller)) continue;
    if (can((source) => ((set >> sources.indexOf(source)) & 1) === 1)) enough.push(set);
  }
  return anyOf(
    enough.map((set) => allOf(sources.filter((_, n) => ((set >> n) & 1) === 1).map(({ need }) => need))),
  );
}

function bits(set: number): number {
  let count = 0;
  for (let rest = set; rest > 0; rest >>= 1) count += rest & 1;
  return count;
}
