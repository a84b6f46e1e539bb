/**
 * `npm run simulate -- --seeds 10000 [--from 1]`: seeds beyond those of the tests. Ends with the first that fails, and prints what
 * happened in it; the same seed does the same again.
 */
import { parseArgs } from 'node:util';
import { Judge } from '../../../engine/live/judge/judge.js';
import { Database } from '../../../engine/sql/duckdb/database.js';
import { rulesOf, SIMULATED_RULES } from './rules.js';
import { simulate } from './simulation.js';

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
const begun = performance.now();
for (let seed = from; seed < from + seeds; seed++) {
  const result = await simulate(seed, { rules, judge, db });
  const expected = result.expected.filter((id) => !result.standing.includes(id));
  const standing = result.standing.filter((id) => !result.expected.includes(id));
  if (expected.length + standing.length > 0) {
    process.stdout.write(`${result.history.join('\n')}\n`);
    process.stdout.write(`seed ${seed} fails: ${expected.length} missing, ${standing.length} too many\n`);
    process.exitCode = 1;
    break;
  }
  total.crashes += result.crashes;
  total.late += result.late;
  total.retracted += result.retracted;
  total.violations += result.standing.length;
  total.virtualMs += result.virtualMs;
}
const ms = performance.now() - begun;
process.stdout.write(
  `${JSON.stringify({ seeds, ...total, timesRealTime: Math.round(total.virtualMs / ms) })}\n`,
);
judge.close();
db.close();
