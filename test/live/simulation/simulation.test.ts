import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withoutDeduplication } from './broken-judge.js';
import { holdsFor, openSimulation, type Simulated } from './seeds.js';
import { fails, failureText, keepsBound, shrink } from './shrink.js';
import { type SimulationOptions, type SimulationResult, simulate } from './simulation.js';

let simulated: Simulated;
beforeAll(async () => {
  simulated = await openSimulation();
});
afterAll(() => simulated.close());

async function firstFailure(broken: Partial<SimulationOptions>): Promise<SimulationResult | undefined> {
  for (let seed = 1; seed <= 20; seed++) {
    const result = await simulate(seed, { ...simulated.options, ...broken });
    if (fails(result)) return result;
  }
  return undefined;
}

describe('live verdicts', () => {
  it('are those of replay over the same spans, whatever fails', async () => {
    await holdsFor('first', simulated.options);
  }, 1_200_000);

  it('keep the bound of memory, where that makes them partial', async () => {
    let evicted = 0;
    for (let seed = 1; seed <= 15; seed++) {
      const result = await simulate(seed, { ...simulated.options, settings: { maxBytes: 8_000 } });
      expect(keepsBound(result), failureText(result)).toBe(true);
      evicted += result.evicted;
    }
    expect(evicted).toBeGreaterThan(10);
  }, 300_000);

  it('would not be, were acknowledged spans lost', async () => {
    expect(await firstFailure({ lieAboutSync: true })).toBeDefined();
  }, 300_000);

  it('would not be, were late spans not waited for', async () => {
    expect(await firstFailure({ settings: { graceMs: 0 } })).toBeDefined();
  }, 300_000);

  it('would not be, were copies of a span several spans, and a few events show it', async () => {
    const broken = { judge: withoutDeduplication(simulated.options.judge) };
    const failed = await firstFailure(broken);
    expect(failed).toBeDefined();
    const least = await shrink(failed!, { ...simulated.options, ...broken });
    expect(fails(least), failureText(least)).toBe(true);
    expect(least.events.length).toBeLessThan(failed!.events.length / 2);
  }, 300_000);
});
