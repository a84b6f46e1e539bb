import { expect } from 'vitest';
import { Judge } from '../../../engine/live/judge/judge.js';
import { Database } from '../../../engine/sql/duckdb/database.js';
import { rulesOf, SIMULATED_RULES } from './rules.js';
import { fails, failureText, shrink } from './shrink.js';
import { type SimulationOptions, simulate } from './simulation.js';
import { LEAST_TIMES_REAL_TIME, measureSpeed } from './speed.js';

const SEEDS = Number(process.env.BETRACE_SEEDS ?? 200);

export interface Simulated {
  readonly options: SimulationOptions;
  close(): void;
}

export async function openSimulation(): Promise<Simulated> {
  const judge = await Judge.open({
    memory: 2 ** 28,
    threads: 1,
    ruleLimitMs: 60_000,
    mostViolations: 10_000,
  });
  const db = await Database.open({ threads: 1 });
  return {
    options: { rules: rulesOf(SIMULATED_RULES), judge, db },
    close: () => {
      judge.close();
      db.close();
    },
  };
}

/** Holds live to replay for one half of the seeds. */
export async function holdsFor(half: 'first' | 'second', options: SimulationOptions): Promise<void> {
  const middle = Math.floor(SEEDS / 2);
  const [from, to] = half === 'first' ? [1, middle] : [middle + 1, SEEDS];
  const timesRealTime = measureSpeed();
  let virtualMs = 0;
  const seen = { crashes: 0, late: 0, retracted: 0, violations: 0 };
  for (let seed = from; seed <= to; seed++) {
    const result = await simulate(seed, options);
    if (fails(result)) expect.fail(failureText(await shrink(result, options)));
    seen.crashes += result.crashes;
    seen.late += result.late;
    seen.retracted += result.retracted;
    seen.violations += result.standing.length;
    virtualMs += result.virtualMs;
  }
  expect(timesRealTime(virtualMs), 'times real time').toBeGreaterThan(LEAST_TIMES_REAL_TIME);
  // A simulation in which nothing goes wrong proves nothing.
  for (const [what, count] of Object.entries(seen)) expect(count, what).toBeGreaterThan((to - from) / 10);
}
