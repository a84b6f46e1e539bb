/** One stretch of a text that became another one. */
export interface Edit {
  readonly start: number;
  /** Where it ended, and where it ends. */
  readonly before: number;
  readonly after: number;
}

/** The smallest stretch outside of which two texts are the same. */
export function editBetween(before: string, after: string): Edit {
  const shorter = Math.min(before.length, after.length);
  const start = longest(shorter, (from, to) => before.slice(from, to) === after.slice(from, to));
  const [endBefore, endAfter] = [before.length, after.length];
  const same = longest(
    shorter - start,
    (from, to) =>
      before.slice(endBefore - to, endBefore - from) === after.slice(endAfter - to, endAfter - from),
  );
  return { start, before: endBefore - same, after: endAfter - same };
}

/** How many fit, one after the other, of so many. */
function longest(most: number, areSame: (from: number, to: number) => boolean): number {
  let [low, high] = [0, most];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (areSame(low, middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}
