/** What `npm pack` would publish: all that a global installation needs, and nothing that points to what is not there. */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const [packed] = JSON.parse(
  execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
    cwd: root,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  }),
) as readonly { readonly files: readonly { readonly path: string }[] }[];
/** Npm hides ids of blocks in them. */
const paths = packed?.files.map(({ path }) => path) ?? [];

it.each([
  'dist/server/cli/main.js',
  'dist/server/betrace.cjs',
  'dist/server/betrace.code',
  'dist/server/serve.cjs',
  'dist/server/serve.code',
  'dist/engine/blocks/buckets/s3.js',
  'dist/grafana-plugin/plugin.json',
  'dist/grafana-plugin/datasource/module.js',
  'dist/engine/blocks/flatten/worker.js',
  'queries/shop/orders.betrace',
  'engine/language/README.md',
  'README.md',
  'LICENSE',
])('has %s', (path) => {
  expect(paths).toContain(path);
});

it('has the blocks of the demo, whole', () => {
  const blocks = paths.filter((path) => path.startsWith('test/fixtures/blocks/shop-v5/'));
  expect(blocks.filter((path) => path.endsWith('/data.parquet'))).toHaveLength(2);
  expect(blocks.filter((path) => path.endsWith('/meta.json'))).toHaveLength(2);
});

it('has no source maps, as there are no sources, and no tests', () => {
  expect(paths.filter((path) => path.endsWith('.map') || path.endsWith('.test.js'))).toEqual([]);
});
