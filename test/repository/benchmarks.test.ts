/** Benchmarks run compiled, by Node alone, which loads some modules in another way than tests do. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const MAIN = 'dist/test/bench/replay.bench.js';
const FOLDERS = ['.', 'engine', 'server', 'lsp', 'test'];

it('are loaded, and are those that texts name', () => {
  const { status, stderr } = spawnSync(process.execPath, [MAIN, 'none'], { encoding: 'utf8' });
  expect(stderr).toMatch(/^There is no benchmark "none", but: /);
  expect(status).toBe(2);
  const known = stderr
    .slice(stderr.indexOf(':') + 1)
    .trim()
    .split(', ');
  const texts = FOLDERS.flatMap((folder) =>
    readdirSync(folder, { recursive: folder !== '.', encoding: 'utf8' })
      .filter((name) => name.endsWith('.md') && !name.includes('fixtures'))
      .map((name) => readFileSync(join(folder, name), 'utf8')),
  );
  const named = texts.flatMap((text) =>
    [...text.matchAll(/npm run bench -- ([a-z-]+)/g)].map(([, name]) => name!),
  );
  expect(named.length).toBeGreaterThan(10);
  expect([...new Set(named)].filter((name) => !known.includes(name))).toEqual([]);
});
