import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Judge } from '../../../engine/live/judge/judge.js';
import { Database } from '../../../engine/sql/duckdb/database.js';
import { rulesOf, SIMULATED_RULES } from './rules.js';
import { type SimulationOptions, simulate } from './simulation.js';

const SEEDS = Number(process.env.BETRACE_SEEDS ?? 200);

let options: SimulationOptions;
beforeAll(async () => {
  options = {
    rules: rulesOf(SIMULATED_RULES),
    judge: await Judge.open({ memory: 2 ** 28, threads: 1, ruleLimitMs: 60_000, mostViolations: 10_000 }),
    db: await Database.open({ threads: 1 }),
  };
});
afterAll(() => {
  options.judge.close();
  options.db.close();
});

describe('live verdicts', () => {
  it('are those of replay over the same spans, whatever fails', async () => {
    const seen = { crashes: 0, late: 0, retracted: 0, violations: 0 };
    for (let seed = 1; seed <= SEEDS; seed++) {
      const result = await simulate(seed, options);
      expect(result.standing, `seed ${seed}\n${result.history.join('\n')}`).toEqual(result.expected);
      seen.crashes += result.crashes;
      seen.late += result.late;
      seen.retracted += result.retracted;
      seen.violations += result.standing.length;
    }
    // A simulation in which nothing goes wrong proves nothing.
    for (const [what, count] of Object.entries(seen)) expect(count, what).toBeGreaterThan(SEEDS / 10);
  }, 1_200_000);

  it('would not be, were acknowledged spans lost', async () => {
    let noticed = false;
    for (let seed = 1; seed <= 20 && !noticed; seed++) {
      const { standing, expected } = await simulate(seed, { ...options, lieAboutSync: true });
      noticed = JSON.stringify(standing) !== JSON.stringify(expected);
    }
    expect(noticed).toBe(true);
  }, 300_000);

  it('would not be, were late spans not waited for', async () => {
    let noticed = false;
    for (let seed = 1; seed <= 20 && !noticed; seed++) {
      const { standing, expected } = await simulate(seed, { ...options, settings: { graceMs: 0 } });
      noticed = JSON.stringify(standing) !== JSON.stringify(expected);
    }
    expect(noticed).toBe(true);
  }, 300_000);
});
