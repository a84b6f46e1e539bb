/**
 * Runs tests on the lines of Node that are supported, whose binaries come from the package registry:
 * `node test/node-versions.mjs [PATH…]`. Without paths: those that depend on Node most, such as files, sockets, workers and native packages.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The oldest of package.json's `engines`, and the newest line with long-term support: what a line between has, one of these has too. */
const VERSIONS = ['20.19.0', '24'];

const PATHS = [
  'test/blocks/storage',
  'test/blocks/flatten/golden.test.ts',
  'test/sql/relations/merge.test.ts',
  'test/live/log',
  'test/server/otlp',
  'test/server/export',
  'test/server/service/api.test.ts',
];

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const system = process.platform === 'win32' ? 'win' : process.platform;
const archive = `node-${system}-${process.arch}`;

function nodeOf(version) {
  const folder = join(root, 'node_modules/.cache/node-versions', version);
  mkdirSync(folder, { recursive: true });
  execFileSync(
    'npm',
    ['install', '--no-save', '--no-audit', '--no-fund', '--prefix', folder, `${archive}@${version}`],
    {
      stdio: ['ignore', 'ignore', 'inherit'],
    },
  );
  return join(folder, 'node_modules', archive, 'bin', system === 'win' ? 'node.exe' : 'node');
}

const paths = process.argv.slice(2);
let failed = 0;
for (const version of VERSIONS) {
  const node = nodeOf(version);
  console.log(`\nNode ${execFileSync(node, ['--version'], { encoding: 'utf8' }).trim()}`);
  const { status } = spawnSync(
    node,
    ['node_modules/vitest/vitest.mjs', 'run', ...(paths.length > 0 ? paths : PATHS)],
    { cwd: root, stdio: 'inherit' },
  );
  if (status !== 0) failed += 1;
}
process.exit(failed === 0 ? 0 : 1);
