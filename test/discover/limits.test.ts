/** Limits for each value of a key, and what has to come between two things: proposed where those that break them are clearly apart from the others. */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { discover } from '../../engine/discover/discover.js';
import { mine } from '../../engine/discover/mine.js';
import { type Divide, divideOf } from '../../engine/discover/two-groups.js';
import { GivenSpans } from '../../engine/live/given-traces.js';
import { readTraceFiles } from '../../server/trace-files/batches.js';
import { Random } from '../live/simulation/random.js';
import { discoveredIn } from './discovered.js';

const flow = discoveredIn('flow-v5');

function divided(values: readonly number[], step: number): Divide | undefined {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  const frequencies = [...counts].map(([total, flows]) => ({ total, flows }));
  return divideOf(
    frequencies.sort((a, b) => b.total - a.total),
    0.2,
    step,
  );
}

describe('a divide', () => {
  const exponential = (random: Random): number => -Math.log(1 - random.next());
  const normal = (random: Random): number =>
    Math.sqrt(2 * exponential(random)) * Math.cos(2 * Math.PI * random.next());
  const geometric = (random: Random): number => 1 + Math.floor(exponential(random) / Math.LN2);
  const poisson = (random: Random): number => {
    let count = 0;
    for (let sum = exponential(random); sum < 10; sum += exponential(random)) count++;
    return 1 + count;
  };
  it.each<[string, (random: Random) => number, number]>([
    ['counts that halve', geometric, 1],
    ['counts around a mean', poisson, 1],
    ['even counts', (random) => 2 * geometric(random), 1],
    ['counts of a power', (random) => Math.ceil(1 / (1 - random.next())), 1],
    ['amounts that are all alike', (random) => 1 + random.next(), 0],
    ['amounts with a tail', exponential, 0],
    ['amounts with a long tail', (random) => Math.exp(normal(random)), 0],
    ['amounts with a tail of a power', (random) => 1 / (1 - random.next()), 0],
    ['multiples of one price', (random) => 9.99 * geometric(random), 0],
    ['multiples of a few prices', (random) => geometric(random) * [5, 20, 80][random.below(3)]!, 0],
  ])('is hardly ever seen in %s', (_, draw, step) => {
    const found = Array.from({ length: 100 }, (_, seed) => {
      const random = new Random(seed);
      return divided(
        Array.from({ length: 400 }, () => draw(random)),
        step,
      );
    });
    expect(found.filter((divide) => divide !== undefined && divide.chance <= 0.01).length).toBeLessThan(5);
  });

  it('is where few numbers, or none, are, and many on both sides', () => {
    const counts = Array.from({ length: 300 }, (_, n) => (n % 6 === 0 ? 7 + (n % 5) : 1 + (n % 5)));
    expect(divided(counts, 1)).toMatchObject({ low: 5, high: 7 });
    expect(divided(counts, 1)!.chance).toBeLessThan(0.001);
    const random = new Random(1);
    const amounts = Array.from({ length: 200 }, (_, n) => (n < 20 ? 150 : 40) * (1 + random.next()));
    expect(divided(amounts, 0)!.low).toBeLessThan(80);
    expect(divided(amounts, 0)!.chance).toBeLessThan(0.001);
  });
});

/** A span in a trace of its own. */
interface Alone {
  readonly name: string;
  readonly seconds: number;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly isFailed?: boolean;
}

async function given(spans: readonly Alone[]): Promise<GivenSpans> {
  const start = BigInt(Date.parse('2026-11-20T00:00:00Z')) * 1_000_000n;
  const stored = spans.map(({ name, seconds, attributes, isFailed = false }, n) => {
    const from = start + BigInt(Math.round(seconds * 1000)) * 1_000_000n;
    return {
      traceId: (n + 1).toString(16).padStart(32, '0'),
      spanId: (n + 1).toString(16).padStart(16, '0'),
      name,
      startTimeUnixNano: String(from),
      endTimeUnixNano: String(from + 1_000_000n),
      attributes: Object.entries(attributes).map(([key, value]) => ({
        key,
        value: typeof value === 'string' ? { stringValue: value } : { intValue: String(value) },
      })),
      ...(isFailed ? { status: { code: 2 } } : {}),
    };
  });
  const file = join(mkdtempSync(join(tmpdir(), 'betrace-limits-')), 'traces.json');
  writeFileSync(file, JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: stored }] }] }));
  return new GivenSpans((await readTraceFiles([file], 2 ** 26)).batches);
}

const MANY = 200;
const eachOf = (spansOf: (user: number) => readonly Omit<Alone, 'attributes'>[]): readonly Alone[] =>
  Array.from({ length: MANY }, (_, user) =>
    spansOf(user).map((span) => ({
      ...span,
      seconds: user * 4000 + span.seconds,
      attributes: { 'user.id': `u-${user}` },
    })),
  ).flat();

describe('a limit of how often something happens for each value of a key', () => {
  /** Every tenth user fails seven times and more, others up to four times; each succeeds often. */
  const logins = (isApart: boolean) =>
    eachOf((n) => {
      const failures = !isApart ? 1 + ((n * 7) % 11) : n % 10 === 0 ? 8 + (n % 4) : 1 + (n % 4);
      return Array.from({ length: 20 }, (_, count) => ({
        name: 'login',
        seconds: count * 10,
        isFailed: count < failures,
      }));
    });
  const limits = async (isApart: boolean) =>
    (await mine({ ...flow.open.stored, given: await given(logins(isApart)) })).filter(
      ({ kind }) => kind === 'at-most-across',
    );

  it('is proposed of what failed, where those with more are apart, and said to be broken often', async () => {
    const found = await limits(true);
    expect(found.map(({ body, isToLookAt }) => [body, isToLookAt])).toEqual([
      [
        [
          'when  { name = "login" && status = error } as last',
          'never count({ name = "login" && status = error && span:start <= last.start }) > 4',
        ],
        true,
      ],
    ]);
  });

  it('is not proposed where counts are spread', async () => {
    expect(await limits(false)).toEqual([]);
  });
});

describe('a limit of what values add up to for each value of a key', () => {
  const amounts = (isApart: boolean) =>
    eachOf((n) => {
      const count = n % 10 === 0 ? 4 + ((n / 10) % 3) : 1 + (n % 6);
      return Array.from({ length: count }, (_, place) => ({ name: 'pay', seconds: place * 60 }));
    }).map((span, n) => {
      const isLarge = isApart && Number(String(span.attributes['user.id']).slice(2)) % 10 === 0;
      const amount = (isLarge ? 500 : 100) + ((n * 7919) % 103);
      return { ...span, attributes: { ...span.attributes, amount } };
    });

  it('is proposed, last and as a rule that finds those, with tests of several traces', async () => {
    const { found } = await discover({ ...flow.open.stored, given: await given(amounts(true)), limit: 20 });
    const last = found.at(-1)!;
    expect(last.proposal.body[1]).toMatch(
      /^never sum\(\{ name = "pay" && span:start <= last.start \}, span.amount\) > \d+$/u,
    );
    const keys = new Set(last.judged.violations.map(({ key }) => [...key!.values()][0]));
    expect(keys).toEqual(new Set(Array.from({ length: MANY / 10 }, (_, n) => `u-${10 * n}`)));
    expect(last.text).toMatch(/trace "2".*expect pass.*trace "2".*expect violation/su);
  });

  it('is not proposed where nobody has more than others', async () => {
    const found = await mine({ ...flow.open.stored, given: await given(amounts(false)) });
    expect(found.filter(({ kind }) => kind === 'at-most-across')).toEqual([]);
  });
});

describe('what has to come between two things', () => {
  /** Of those that asked most are allowed to, and do it; of the others `without` in a hundred do it all the same. */
  const requests = (without: number) =>
    eachOf((n) => {
      const isAllowed = n % 2 === 0;
      const isDone = isAllowed || (n * 37) % 100 < without;
      return [
        { name: 'asked', seconds: 0 },
        ...(isAllowed ? [{ name: 'allowed', seconds: 20 }] : []),
        ...(isDone ? [{ name: 'done', seconds: 100 }] : []),
      ];
    });
  const gates = async (without: number) =>
    (await mine({ ...flow.open.stored, given: await given(requests(without)) })).filter(
      ({ kind }) => kind === 'between-across',
    );

  it('is proposed where most stop without it', async () => {
    const [gate, ...others] = await gates(30);
    expect(others).toEqual([]);
    expect(gate?.body).toEqual([
      'when   { name = "asked" } as first then { name = "done" } as last within 2m',
      'always { name = "allowed" } between first and last',
    ]);
    expect(gate?.isToLookAt).toBe(true);
  });

  it('is not proposed where it makes no difference, nor where nothing breaks it', async () => {
    expect(await gates(90)).toEqual([]);
    expect(await gates(0)).toEqual([]);
  });
});
