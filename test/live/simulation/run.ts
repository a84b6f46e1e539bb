/**
 * `npm run simulate -- --seeds 10000 [--from 1]`: seeds beyond those of the tests. Ends with the first that fails, and prints the
 * least that makes it fail; the same seed does the same again.
 */
import { parseArgs } from 'node:util';
import { Judge } from '../../../engine/live/judge/judge.js';
import { Database } from '../../../engine/sql/duckdb/database.js';
import { rulesOf, SIMULATED_RULES } from './rules.js';
import { fails, failureText, shrink } from './shrink.js';
import { simulate } from './simulation.js';
import { LEAST_TIMES_REAL_TIME, measureSpeed } from './speed.js';

const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '1000' }, from: { type: 'string', default: '1' } },
});
const from = Number(values.from);
const seeds = Number(values.seeds);
const judge = await Judge.open({
  memory: 2 ** 28,
  threads: 1,
  ruleLimitMs: 60_000,
  mostViolations: 10_000,
});
const db = await Database.open({ threads: 1 });
const rules = rulesOf(SIMULATED_RULES);
const total = { crashes: 0, late: 0, retracted: 0, violations: 0, virtualMs: 0 };
const timesRealTime = measureSpeed();
for (let seed = from; seed < from + seeds; seed++) {
  const result = await simulate(seed, { rules, judge, db });
  if (fails(result)) {
    process.stdout.write(`${failureText(await shrink(result, { rules, judge, db }))}\n`);
    process.exitCode = 1;
    break;
  }
  total.crashes += result.crashes;
  total.late += result.late;
  total.retracted += result.retracted;
  total.violations += result.standing.length;
  total.virtualMs += result.virtualMs;
}
const faster = timesRealTime(total.virtualMs);
process.stdout.write(`${JSON.stringify({ seeds, ...total, timesRealTime: faster })}\n`);
if (process.exitCode === undefined && faster < LEAST_TIMES_REAL_TIME) {
  process.stdout.write(`the simulation is to be ${LEAST_TIMES_REAL_TIME} times faster than real time\n`);
  process.exitCode = 1;
}
judge.close();
db.close();
