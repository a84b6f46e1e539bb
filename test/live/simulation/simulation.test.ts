import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { Seen } from './chronicle.js';
import { mutated } from './mutants.js';
import { MUTATIONS } from './mutations.js';
import { noProgress, seedsFrom, trySeeds } from './seeds.js';
import { fails, failureText, shrink } from './shrink.js';
import { type SimulationOptions, type SimulationResult, simulate } from './simulation.js';

const SEEDS = Number(process.env.BETRACE_SEEDS ?? 40);
/** Virtual time is to be faster than real time by this at least, so that seeds show years of faults. */
const LEAST_TIMES_REAL_TIME = 50;
const SEEN_OFTEN: readonly Seen[] = [
  'crashes',
  'late',
  'too late',
  'retracted',
  'evicted',
  'rule changes',
  'rules failed',
  'out of memory',
];

async function firstFailure(broken: SimulationOptions): Promise<SimulationResult | undefined> {
  for (let seed = 1; seed <= 30; seed++) {
    const result = await simulate(seed, broken);
    if (fails(result)) return result;
  }
  return undefined;
}

describe('live verdicts', () => {
  it('are those of the slow evaluator over the same spans, whatever fails', async () => {
    const begun = process.cpuUsage();
    const progress = noProgress();
    const failed = await trySeeds(seedsFrom(1, SEEDS), progress, { sqlShare: 0 });
    expect(failed?.text).toBeUndefined();
    const { user, system } = process.cpuUsage(begun);
    expect((progress.virtualMs * 1000) / (user + system)).toBeGreaterThan(LEAST_TIMES_REAL_TIME);
    // A simulation in which nothing goes wrong proves nothing.
    for (const what of SEEN_OFTEN) expect(progress.seen[what], what).toBeGreaterThan(SEEDS / 10);
  }, 1_200_000);

  it('are those of SQL too', async () => {
    const progress = noProgress();
    const failed = await trySeeds(seedsFrom(1000, 4), progress, { sqlShare: 1 });
    expect(failed?.text).toBeUndefined();
    expect(progress).toMatchObject({ seeds: 4, bySql: 4 });
  }, 1_200_000);

  it('would not be, were acknowledged spans lost', async () => {
    expect(await firstFailure({ lieAboutSync: true })).toBeDefined();
  });

  it('would not be, were traces let go of before late spans come, and a few events show it', async () => {
    const broken: SimulationOptions = {
      process: ({ live, ...constants }) => ({ ...constants, live: { ...live, graceMs: 0 } }),
    };
    const failed = await firstFailure(broken);
    expect(failed).toBeDefined();
    const least = await shrink(failed!, broken);
    expect(fails(least), failureText(least)).toBe(true);
    expect(least.events.length).toBeLessThan(failed!.events.length / 2);
  });
});

it('faults that are put in on purpose have the sources that they change', async () => {
  for (const mutation of MUTATIONS) {
    const text = await readFile(new URL(`../../../${mutation.file}`, import.meta.url), 'utf8');
    expect(mutated(text, mutation)).not.toBe(text);
  }
});
