/** Whether numbers fall into two groups, as they do where most keep a limit that some do not. */

import type { Frequency } from '../sql/discover/totals.js';

export interface Divide {
  /** The highest of those below it, and the lowest of those above. */
  readonly low: number;
  readonly high: number;
  /** How likely a gap as wide is, where there is but one group. */
  readonly chance: number;
}

/** So many of the numbers next to a gap, on either side, say how close numbers are there. */
const NEAR = 20;
/** Fewer say too little. */
const LEAST_NEAR = 8;
/** Of a scale without steps, fewer different ones are a scale with steps. */
const LEAST_DIFFERENT = 4;
/** So many times as wide as any other gap near it: where only some numbers are possible, all gaps are as wide. */
const WIDER = 2;

/**
 * The gap that is widest compared with what is on both sides of it, in ratios: a tail gets thinner and thinner, and what comes behind a gap in a
 * tail is as thin.
 *
 * @param frequencies the highest first, all positive
 * @param mostAbove share of all that may be above it
 * @param step numbers of a scale that has no others between, such as 1 of counts; else 0
 */
export function divideOf(
  frequencies: readonly Frequency[],
  mostAbove: number,
  step: number,
): Divide | undefined {
  let best: Divide | undefined;
  const all = frequencies.reduce((sum, { flows }) => sum + flows, 0);
  let above = 0;
  for (let index = 0; index + 1 < frequencies.length; index++) {
    above += frequencies[index]!.flows;
    if (above > mostAbove * all) break;
    const [high, low] = [frequencies[index]!.total, frequencies[index + 1]!.total];
    const gap = Math.log(high / (low + step));
    if (gap <= 0 || above < LEAST_NEAR) continue;
    const upper = near(frequencies.slice(0, index + 1).reverse());
    const lower = near(frequencies.slice(index + 1));
    const isOneOfMany = [upper, lower].some(
      ({ flows, totals, around }) =>
        flows < LEAST_NEAR ||
        (step === 0 && totals.length < LEAST_DIFFERENT) ||
        gap < WIDER * widestGap(around, step),
    );
    if (isOneOfMany) continue;
    const sides = [
      { flows: upper.flows, width: Math.log((upper.totals.at(-1)! + step) / high) },
      { flows: lower.flows, width: Math.log((low + step) / lower.totals.at(-1)!) },
    ];
    // The ratio of an exponential value to the mean of others has the distribution of F.
    const chance =
      frequencies.length * Math.max(...sides.map(({ flows, width }) => (1 + gap / width) ** -flows));
    if (best === undefined || chance < best.chance) best = { low, high, chance };
  }
  return best;
}

/** As many of the next ones as say how close they are. */
function near(next: readonly Frequency[]): Near {
  let flows = 0;
  const totals: number[] = [];
  for (const { total, flows: more } of next) {
    if (flows >= NEAR) break;
    flows += more;
    totals.push(total);
  }
  const around = next.slice(0, Math.max(totals.length, LEAST_DIFFERENT)).map(({ total }) => total);
  return { flows, totals, around };
}

interface Near {
  readonly flows: number;
  readonly totals: readonly number[];
  /** The same and, where they are few, the next ones, by which possible numbers can be seen. */
  readonly around: readonly number[];
}

function widestGap(totals: readonly number[], step: number): number {
  const gaps = totals.slice(1).map((total, index) => {
    const [low, high] = [total, totals[index]!].sort((a, b) => a - b) as [number, number];
    return Math.log(high / (low + step));
  });
  return Math.max(0, ...gaps);
}
