// `npm run test:fast`: language, plans, SQL and spans, with a quarter of the random cases that all tests try.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const vitest = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
const folders = ['test/language', 'test/plan', 'test/sql', 'test/spans'];
const { status } = spawnSync(process.execPath, [vitest, 'run', ...folders, ...process.argv.slice(2)], {
  stdio: 'inherit',
  env: { BETRACE_RUNS: '0.25', ...process.env },
});
process.exit(status ?? 1);
