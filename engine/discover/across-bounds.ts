/** How far a rule across traces has to look: where what it asks for has come if it comes at all. Durations are nanoseconds. */

const SECOND = 1_000_000_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Durations that people write. */
const USUAL: readonly number[] = [
  ...[1, 2, 5, 10, 20, 30].map((seconds) => seconds * SECOND),
  ...[1, 2, 3, 5, 10, 15, 20, 30].map((minutes) => minutes * MINUTE),
  ...[1, 2, 3, 6, 12].map((hours) => hours * HOUR),
  ...[1, 2, 3, 7, 14, 30].map((days) => days * DAY),
];

/** Durations that people write, from one that holds the shortest to one that holds the longest. */
export function usualFrom(shortest: number, longest: number): readonly number[] {
  const above = USUAL.findIndex((duration) => duration >= longest);
  return USUAL.slice(0, above < 0 ? undefined : above + 1).filter((duration) => duration >= shortest);
}

/** The longest that was seen may not be the longest there is. */
const MARGIN = 1.05;
/** A divide has so many on its far side at least: fewer are the end of what is usual. */
const LEAST_BEYOND = 3;
/** Values before a divide that say how far apart values are there. */
const NEAR = 10;
/** How likely a divide may be where there is none. */
const CHANCE = 0.01;

/** The shortest usual duration that holds all of them; undefined where none does. */
export function boundAbove(longest: number): number | undefined {
  return USUAL.find((duration) => duration >= MARGIN * longest);
}

/**
 * The bound that divides what comes in time from what comes late, and else one above all.
 *
 * @param distances the farthest of `cases`, descending
 * @param mostBeyond share of the cases that may be late
 */
export function boundOfDistances(
  distances: readonly number[],
  cases: number,
  mostBeyond: number,
): number | undefined {
  const ascending = distances.toReversed().map((distance) => Math.max(1, distance));
  // Of a tail that falls as any exponential does, each step times the number behind it is as long as the next; of logarithms that is so of the
  // longer tails of powers, too.
  const steps = ascending
    .slice(1)
    .map((value, index) => (ascending.length - 1 - index) * Math.log(value / ascending[index]!));
  const place = divide(steps, mostBeyond * cases, (step) => isApart(ascending, step));
  if (place === undefined) return boundAbove(ascending.at(-1) ?? 0);
  return between(ascending[place]!, ascending[place + 1]!);
}

/** Whether the step is far longer than any shortly before it: what comes by a clock has ticks, which are steps among equals. */
function isApart(ascending: readonly number[], place: number): boolean {
  const [last, next] = [ascending[place]!, ascending[place + 1]!];
  for (let index = place; index > 0 && ascending[index]! > last / 2; index--)
    if (next / last < (ascending[index]! / ascending[index - 1]!) ** TICKS) return false;
  return true;
}

const TICKS = 3;

/** The bound behind which things that come again come so much later that they are others; undefined where there is no divide. Ascending. */
export function boundOfRepeats(distances: readonly number[]): number | undefined {
  // What comes again by chance does so at any time.
  const steps = distances.slice(1).map((value, index) => value - distances[index]!);
  const place = divide(steps, distances.length, () => true);
  return place === undefined || place + 1 < LEAST_BEYOND
    ? undefined
    : between(distances[place]!, distances[place + 1]!);
}

/** The step that is too long, next to those before it, to be there by chance, the least likely of all; steps are to be of one expected length. */
function divide(
  steps: readonly number[],
  mostBeyond: number,
  mayBe: (step: number) => boolean,
): number | undefined {
  let [best, place]: [number, number | undefined] = [CHANCE, undefined];
  for (let index = 2; index < steps.length; index++) {
    const beyond = steps.length - index;
    if (beyond > mostBeyond || beyond < LEAST_BEYOND) continue;
    const before = steps.slice(Math.max(0, index - NEAR), index);
    const mean = before.reduce((sum, step) => sum + step, 0) / before.length;
    // The ratio of an exponential value to the mean of others has the distribution of F.
    const chance =
      steps.length * (1 + steps[index]! / (before.length * Math.max(mean, 1e-9))) ** -before.length;
    if (chance < best && mayBe(index)) [best, place] = [chance, index];
  }
  return place;
}

/** The shortest usual duration between the two, else what has the fewest digits in seconds. */
function between(low: number, high: number): number {
  const usual = USUAL.find((duration) => duration >= low && duration < high);
  if (usual !== undefined) return usual;
  for (let unit = 10 ** Math.ceil(Math.log10(high)); unit >= 1; unit /= 10) {
    const round = Math.ceil(low / unit) * unit;
    if (round < high) return round;
  }
  return low;
}

/** The longest usual duration within which values nearly always stay and behind which they change more often, for certain; undefined where there is none. */
export function boundOfChanges(
  pairs: readonly { readonly far: number; readonly differs: boolean }[],
  mostChanging: number,
): number | undefined {
  const all = countOf(pairs);
  return USUAL.findLast((duration) => {
    const inside = countOf(pairs.filter(({ far }) => far <= duration));
    const outside = { size: all.size - inside.size, differ: all.differ - inside.differ };
    if (outside.size < LEAST_BEYOND || inside.differ > mostChanging * inside.size) return false;
    return (
      inside.differ * outside.size < outside.differ * inside.size && gainOfTwo(inside, outside) >= LEAST_GAIN
    );
  });
}

/** Logarithm of how much likelier two shares have to be than one. */
const LEAST_GAIN = 10;

/** Of so many so many differ. */
export interface Share {
  readonly size: number;
  readonly differ: number;
}

/** Logarithm of how much likelier what was seen is with a share of each than with one of both. */
export function gainOfTwo(a: Share, b: Share): number {
  const both = { size: a.size + b.size, differ: a.differ + b.differ };
  return likelihood(a) + likelihood(b) - likelihood(both);
}

function countOf(pairs: readonly { readonly differs: boolean }[]): Share {
  return { size: pairs.length, differ: pairs.filter(({ differs }) => differs).length };
}

function likelihood({ size, differ }: Share): number {
  const term = (count: number): number => (count === 0 ? 0 : count * Math.log(count / size));
  return term(differ) + term(size - differ);
}
