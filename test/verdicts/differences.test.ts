/** What is different about violating cases: what is planted is found first, whatever the order; chance is not taken for a finding. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { logChance } from '../../engine/verdicts/chance.js';
import {
  type CaseGroup,
  type ComparedItem,
  type Difference,
  differencesOf,
  liftOf,
} from '../../engine/verdicts/differences.js';

/** A case: the value of each field, and whether it violates the rule. */
interface Made {
  readonly values: readonly string[];
  readonly violated: boolean;
}

const BOUND = { kind: 'bound', binding: 0, name: 'c' } as const;

/** What the cases have, as `differencesOf` takes it: every value that some case has. */
function found(fields: readonly string[], cases: readonly Made[]): readonly Difference[] {
  const values = fields.map((_, n) => [...new Set(cases.map((each) => each.values[n]!))]);
  const items = fields.flatMap((field, n): readonly ComparedItem[] =>
    values[n]!.map((value) => ({
      of: { role: 0, span: BOUND, field, values: values[n]!.length },
      operator: '=',
      value,
    })),
  );
  const indexOf = new Map(items.map(({ of, value }, n) => [`${of.field} ${value}`, n]));
  const groups = cases.map(
    ({ values: own, violated }): CaseGroup => ({
      items: own.map((value, n) => indexOf.get(`${fields[n]} ${value}`)!).sort((a, b) => a - b),
      roles: 1,
      violated: violated ? 1 : 0,
      passed: violated ? 0 : 1,
    }),
  );
  return differencesOf(items, groups, fields.length);
}

const named = (conditions: readonly ComparedItem[]): readonly string[] =>
  conditions.map(({ of, value }) => `${of.field}=${value}`);

/** Numbers that look random, the same for the same seed. */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t ^= t + Math.imul(t ^ (t >>> 7), 61 | t);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

const FIELDS = ['version', 'region', 'pod', 'host', 'flag', 'user'];

/** Two of four pods have version 2; a host has two pods; of users there are many. */
function someCase(random: () => number): readonly string[] {
  const pod = Math.floor(random() * 4);
  return [
    pod < 2 ? '2' : '1',
    ['eu', 'us', 'ap'][Math.floor(random() * 3)]!,
    `pod-${pod}`,
    `host-${pod % 2}`,
    random() < 0.3 ? 'on' : 'off',
    `user-${Math.floor(random() * 200)}`,
  ];
}

function planted(seed: number, cause: (values: readonly string[]) => boolean): readonly Made[] {
  const random = numbers(seed);
  return Array.from({ length: 3000 }, () => {
    const values = someCase(random);
    return { values, violated: random() < (cause(values) ? 0.1 : 0.002) };
  });
}

describe('what differs', () => {
  it('is the cause, with what goes along with it under it', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const [first, ...others] = found(
        FIELDS,
        planted(seed, ([version]) => version === '2'),
      );
      expect(named(first!.conditions), `seed ${seed}`).toEqual(['version=2']);
      expect(others, `seed ${seed}`).toEqual([]);
      const echoes = named(first!.echoes.map(({ condition }) => condition));
      expect(
        echoes.every((echo) => /^(pod-?=pod-[01]|pod=)/.test(echo)),
        echoes.join(),
      ).toBe(true);
      expect(liftOf(first!.counts)).toBeGreaterThan(1.5);
      expect(first!.chance).toBeLessThan(0.001);
    }
  });

  it('may be two things together', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const [first] = found(
        FIELDS,
        planted(seed, ([version, region]) => version === '2' && region === 'eu'),
      );
      expect(named(first!.conditions).toSorted(), `seed ${seed}`).toEqual(['region=eu', 'version=2']);
    }
  });

  it('is separated where there are two causes', () => {
    const cases = planted(7, ([version, , , , flag]) => version === '2' || flag === 'on');
    const causes = found(FIELDS, cases).map(({ conditions }) => named(conditions).join(' and '));
    expect(causes.slice(0, 2).toSorted()).toEqual(['flag=on', 'version=2']);
  });

  it('does not depend on the order of cases and values', () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(fc.nat(), { minLength: 600, maxLength: 600 }), (seed, keys) => {
        const cases = planted(seed, ([version]) => version === '2').slice(0, 600);
        const order = cases.map((_, n) => n).sort((a, b) => keys[a]! - keys[b]! || a - b);
        const shuffled = order.map((n) => cases[n]!);
        expect(found(FIELDS, shuffled)).toEqual(found(FIELDS, cases));
      }),
      { numRuns: 10 },
    );
  });

  it('is nothing in at least 95 of 100 sets in which violations do not depend on anything', () => {
    let sets = 0;
    for (let seed = 1; seed <= 200; seed++)
      if (
        found(
          FIELDS,
          planted(seed, () => false),
        ).length === 0
      )
        sets++;
    expect(sets).toBeGreaterThanOrEqual(95);
  });
});

describe('chance', () => {
  it('is that of Fisher’s exact test', () => {
    // Of 24 cases 12 are violated; 10 of a group of 12 are: 1 in 1,100 or so (Fisher’s test of [[10, 2], [2, 10]]).
    expect(Math.exp(logChance({ violated: 10, size: 12 }, { violated: 12, size: 24 }))).toBeCloseTo(
      0.00163,
      4,
    );
    expect(Math.exp(logChance({ violated: 1, size: 1 }, { violated: 1, size: 4 }))).toBeCloseTo(0.25, 10);
    expect(logChance({ violated: 0, size: 5 }, { violated: 3, size: 9 })).toBeCloseTo(0, 10);
  });

  it('stays a number where it is next to nothing', () => {
    const chance = logChance({ violated: 5000, size: 5000 }, { violated: 5000, size: 1_000_000 });
    expect(chance).toBeLessThan(-25_000);
    expect(Number.isFinite(chance)).toBe(true);
  });
});
