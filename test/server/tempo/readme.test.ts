/** The table of the README is what the router has, and each row is asked in the other tests of this folder. */
import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { loadConfig } from '../../../server/config/load.js';
import { tempoRouter } from '../../../server/tempo/router.js';

const rowsOf = (path: string): readonly string[] => {
  const readme = readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
  return [...readme.matchAll(/^\| `(GET|POST) (\/api\/[^`]*)` \|/gm)].map(
    ([, method, route]) => `${method} ${route}`,
  );
};
const rows = rowsOf('server/tempo/README.md');

it('lists the same in the README of the repository', () => {
  expect(rowsOf('README.md')).toEqual(rows);
});

it('lists every route of the router, and no other', async () => {
  const { config } = await loadConfig({
    env: {},
    settings: [{ path: ['storage', 'blocks'], value: '/nowhere', place: 'the test' }],
  });
  const never = (): never => {
    throw new Error('nothing is asked');
  };
  const backend = {
    search: never,
    metrics: never,
    trace: never,
    tagNames: never,
    tagValues: never,
    newest: never,
  };
  const router = tempoRouter({ config, backend, version: '0' });
  const routes = router.stack.flatMap(({ route }) =>
    (route?.stack ?? []).map(({ method }) => `${method.toUpperCase()} ${route?.path}`),
  );
  expect(rows).toEqual([...new Set(routes)]);
});

it('lists nothing that no test asks', () => {
  const folder = new URL('./', import.meta.url);
  const tests = readdirSync(folder)
    .filter((name) => name.endsWith('.test.ts') && name !== 'readme.test.ts')
    .map((name) => readFileSync(new URL(name, folder), 'utf8'))
    .join('\n');
  for (const row of rows) {
    const [method, path = ''] = row.split(' ');
    const asked = path.replace(/[*:]\w+/g, "[^/'`]+").replaceAll('/', '\\/');
    const call = method === 'GET' ? `'${asked}['?]|\`${asked}[\`?]` : `get\\('${asked}', \\{ method: 'POST'`;
    expect(tests, row).toMatch(new RegExp(call));
  }
});
