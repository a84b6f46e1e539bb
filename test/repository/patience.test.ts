/** No test is about how fast a machine is: what it waits for has the time that all tests have. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

/** In milliseconds: what `vitest.config.ts` has for each test, below which a test of its own bound only fails on slow machines. */
const OF_ALL = 600_000;
/** Bounds below which something was in time, where the other way to end would be several times as late. */
const SHORTEST_GUARD = 9_000;

const number = (text: string): number => Number(text.replaceAll('_', ''));

function impatience(text: string): readonly string[] {
  return [
    ...[...text.matchAll(/\.poll\([^;]*?timeout:[^;]*?\)/gu)].map(([poll]) => poll),
    ...[...text.matchAll(/^ *\},\s*([\d_]+),?\s*\);/gmu)]
      .filter(([, bound]) => number(bound!) >= 1000 && number(bound!) <= OF_ALL)
      .map(([end]) => end),
    ...[...text.matchAll(/(?:performance|Date)\.now\(\)[^;\n]*toBeLessThan(?:OrEqual)?\(([\d_]+)\)/gu)]
      .filter(([, bound]) => number(bound!) < SHORTEST_GUARD)
      .map(([guard]) => guard),
  ];
}

test('no test gives up sooner than all do', () => {
  const found = readdirSync('test', { recursive: true, encoding: 'utf8' })
    // This one has them on purpose.
    .filter((file) => /\.test\.tsx?$/u.test(file) && file !== 'repository/patience.test.ts')
    .flatMap((file) =>
      impatience(readFileSync(join('test', file), 'utf8')).map(
        (what) => `${file}: ${what.replaceAll(/\s+/gu, ' ')}`,
      ),
    );
  expect(found).toEqual([]);
});

test.each([
  'await expect.poll(() => depth, { timeout: 10_000 }).toBe(0);',
  "it('x', () => {\n}, 30_000);",
  "  it.each(all)(\n    'x',\n    () => {\n    },\n    60_000,\n  );",
  'expect(performance.now() - began).toBeLessThan(2000);',
])('finds %j', (text) => {
  expect(impatience(text)).toHaveLength(1);
});
