// `npm run test:fast`: language, plans, SQL and spans, with half of the random cases that all tests try. What takes long because it is about
// texts of a megabyte and rules that are stopped is left to all tests.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const LEFT = ['test/language/parse/hostile.test.ts', 'test/sql/guard.test.ts'];

const files = ['language', 'plan', 'sql', 'spans']
  .flatMap((folder) =>
    readdirSync(`${root}/test/${folder}`, { recursive: true }).map(
      (name) => `test/${folder}/${name.replaceAll('\\', '/')}`,
    ),
  )
  .filter((name) => name.endsWith('.test.ts') && !LEFT.includes(name));

const { status } = spawnSync(
  process.execPath,
  [`${root}/node_modules/vitest/vitest.mjs`, 'run', ...files, ...process.argv.slice(2)],
  { cwd: root, stdio: 'inherit', env: { BETRACE_RUNS: '0.25', ...process.env } },
);
process.exit(status ?? 1);
