/** Since when a rule is violated as often as it is: changes that are there are found, and hardly any that are not. */
import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import type { BucketCounts } from '../../engine/verdicts/evaluation.js';
import { type RateHistory, rateHistories, rateHistory } from '../../engine/verdicts/rate-history.js';
import { runs } from '../support/runs.js';

const WIDTH = 900_000_000_000n;

function bucket(number: number, applicable: number, violated: number): BucketCounts {
  return { start: BigInt(number) * WIDTH, passed: applicable - violated, violated, cannotTell: 0 };
}

/** Numbers from 0 to 1 that are the same in every run (mulberry32). */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 4294967296;
  };
}

interface Shape {
  readonly buckets: number;
  /** About so many cases in each. */
  readonly cases: number;
  readonly rate: (bucket: number) => number;
}

function made({ buckets, cases, rate }: Shape, seed: number): readonly BucketCounts[] {
  const random = randomFrom(seed);
  return Array.from({ length: buckets }, (_, n) => {
    const applicable = Math.round(cases * (0.5 + random()));
    let violated = 0;
    for (let judged = 0; judged < applicable; judged++) if (random() < rate(n)) violated++;
    return bucket(n, applicable, violated);
  });
}

function historyOf(shape: Shape, seed: number): RateHistory {
  return rateHistory(made(shape, seed), WIDTH)!;
}

describe('a steady rate', () => {
  it.each([
    [96, 10, 0.01],
    [96, 100, 0.0005],
    [96, 100, 0.03],
    [96, 3, 0.5],
    [24, 500, 0.2],
    [300, 30, 0.02],
    [96, 20, 0.98],
  ])(
    'of %s buckets with %s cases each, %s of them violated, has no change in 95 of 100 sets',
    (buckets, cases, rate) => {
      const shape = { buckets, cases, rate: () => rate };
      const found = Array.from({ length: 100 }, (_, seed) => historyOf(shape, seed)).filter(
        ({ changes }) => changes.length > 0,
      );
      expect(found.length).toBeLessThanOrEqual(5);
    },
  );
});

test('cases that are violated five at a time, at a steady rate, have no change in 95 of 100 sets', () => {
  const bursts = { buckets: 96, cases: 20, rate: () => 0.05 };
  const found = Array.from({ length: 100 }, (_, seed) => made(bursts, seed))
    .map((buckets) =>
      buckets.map(({ start, passed, violated }, n) => ({
        ...bucket(n, 5 * (passed + violated), 5 * violated),
        start,
      })),
    )
    .filter((buckets) => rateHistory(buckets, WIDTH)!.changes.length > 0);
  expect(found.length).toBeLessThanOrEqual(5);
});

describe('a rate that grows to three times', () => {
  it.each([
    [96, 60, 0.05],
    [96, 400, 0.01],
    [48, 100, 0.1],
  ])(
    'is found in each of 100 sets of %s buckets with %s cases, mostly to two buckets',
    (buckets, cases, rate) => {
      const changed = Math.floor(buckets * 0.6);
      const shape = { buckets, cases, rate: (n: number) => (n < changed ? rate : 3 * rate) };
      const found = Array.from({ length: 100 }, (_, seed) => historyOf(shape, seed).changes);
      expect(found.filter((changes) => changes.length === 0)).toEqual([]);
      const changeNs = BigInt(changed) * WIDTH;
      const isNear = (ns: bigint): boolean => ns >= changeNs - 2n * WIDTH && ns <= changeNs + 2n * WIDTH;
      expect(found.filter((changes) => changes.some(({ atNs }) => isNear(atNs))).length).toBeGreaterThan(90);
      const within = found.filter((changes) =>
        changes.some(({ earliestNs, latestNs }) => earliestNs <= changeNs && changeNs <= latestNs),
      );
      expect(within.length).toBeGreaterThanOrEqual(95);
    },
  );
});

test('what came and went has three parts', () => {
  const { parts, changes } = historyOf(
    { buckets: 96, cases: 50, rate: (n) => (n >= 40 && n < 60 ? 0.3 : 0.01) },
    1,
  );
  expect(parts.map(({ fromNs }) => fromNs / WIDTH)).toEqual([0n, 40n, 60n]);
  expect(changes.map(({ atNs }) => atNs / WIDTH)).toEqual([40n, 60n]);
});

test('a rate that changes within a bucket changes between its ends', () => {
  const buckets = [...Array(20).keys()].map((n) => bucket(n, 100, n < 10 ? 0 : n === 10 ? 8 : 20));
  const [change] = rateHistory(buckets, WIDTH)!.changes;
  expect(change!.earliestNs).toBeLessThanOrEqual(10n * WIDTH);
  expect(change!.latestNs).toBeGreaterThanOrEqual(11n * WIDTH);
});

test('where there is no case that could be determined there is no history', () => {
  expect(rateHistory([], WIDTH)).toBeUndefined();
  expect(rateHistory([{ start: 0n, passed: 0, violated: 0, cannotTell: 3 }], WIDTH)).toBeUndefined();
});

test('parts hold all cases, in order, and each change lies between two of them', () => {
  const aBucket = fc
    .tuple(fc.nat(50), fc.nat(100))
    .map(([applicable, share]) => [applicable, Math.round((applicable * share) / 100)] as const);
  fc.assert(
    fc.property(fc.array(aBucket, { minLength: 1, maxLength: 700 }), (counts) => {
      const buckets = counts.map(([applicable, violated], n) => bucket(n, applicable, violated));
      const history = rateHistory(buckets, WIDTH);
      const total = (counted: readonly { readonly violated: number }[]): number =>
        counted.reduce((sum, { violated }) => sum + violated, 0);
      if (history === undefined) return counts.every(([applicable]) => applicable === 0);
      const { parts, changes } = history;
      expect(total(parts)).toBe(total(buckets));
      expect(parts.reduce((sum, { applicable }) => sum + applicable, 0)).toBe(
        counts.reduce((sum, [applicable]) => sum + applicable, 0),
      );
      expect(changes).toHaveLength(parts.length - 1);
      for (const [n, { earliestNs, atNs, latestNs }] of changes.entries()) {
        expect(parts[n]!.toNs <= atNs && atNs === parts[n + 1]!.fromNs).toBe(true);
        expect(earliestNs < atNs && atNs < latestNs).toBe(true);
        expect(parts[n]!.fromNs <= earliestNs && latestNs <= parts[n + 1]!.toNs).toBe(true);
      }
      return true;
    }),
    { numRuns: runs(60) },
  );
});

test('rules that change at once tell together when it was', () => {
  // Few cases are violated, so that each rule by itself knows the time of the change to some hours only.
  const shape = { buckets: 96, cases: 40, rate: (n: number) => (n < 57 ? 0.001 : 0.02) };
  const alone: number[] = [];
  const together: number[] = [];
  for (let seed = 1; seed <= 20; seed++) {
    const rules = [1, 2, 3, 4].map((n) => made(shape, 100 * seed + n));
    const off = (histories: readonly (RateHistory | undefined)[]): readonly number[] =>
      histories.flatMap((history) =>
        (history?.changes ?? []).map(({ atNs }) => Math.abs(Number(atNs / WIDTH) - 57)),
      );
    alone.push(...off(rules.map((buckets) => rateHistory(buckets, WIDTH))));
    together.push(...off(rateHistories(rules, WIDTH)));
  }
  const near = (distances: readonly number[]): number =>
    distances.filter((distance) => distance <= 1).length / distances.length;
  expect(alone.length).toBe(together.length);
  expect(near(together)).toBeGreaterThan(near(alone) + 0.1);
});

test('one rule alone is reported as before', () => {
  const rules = [1, 2].map((seed) =>
    made({ buckets: 96, cases: 50, rate: (n) => (n < 30 * seed ? 0 : 0.3) }, seed),
  );
  expect(rateHistories(rules, WIDTH)).toEqual(rules.map((buckets) => rateHistory(buckets, WIDTH)));
});
