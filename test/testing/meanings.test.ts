/** What the language means, said in its own tests: every test of these files comes out as it says. */
import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadWorkspace } from '../../engine/language/link/workspace.js';
import { Database } from '../../engine/sql/dialects/duckdb/database.js';
import { runTests } from '../../engine/testing/run-tests.js';

let db: Database;
beforeAll(async () => {
  db = await Database.open({ threads: 1 });
});
afterAll(() => db.close());

const folder = new URL('meanings/', import.meta.url);

describe.each(readdirSync(folder).sort())('%s', (name) => {
  const { files, tests } = loadWorkspace(new Map([[name, readFileSync(new URL(name, folder), 'utf8')]]));

  it('has tests and no mistakes', () => {
    expect([...files.values()].flatMap(({ diagnostics }) => diagnostics)).toEqual([]);
    expect(tests.length).toBeGreaterThan(0);
  });

  it('comes out as its tests say', async () => {
    const results = await runTests(db, tests, async () => ({ problem: 'no files' }));
    const wrong = results.filter(({ passed }) => !passed);
    expect(
      wrong.map(({ test, expected, actual, problem }) => [test.item.title, expected, problem ?? actual]),
    ).toEqual([]);
  });
});
