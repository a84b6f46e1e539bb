/** Rules with their tests, those of queries/, those that say what the language means and those of public bug reports: in ClickHouse every test comes out as it says, as it does in DuckDB. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadWorkspace } from '../../../engine/language/link/workspace.js';
import type { ClickHouseStore } from '../../../engine/sql/dialects/clickhouse/store.js';
import { runTests } from '../../../engine/testing/run-tests.js';
import { readTestTraces } from '../../../server/cli/test/read-traces.js';
import { hasChdb, openChdb } from './chdb.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** By folder, as rules of one folder may use the names of each other. */
const folders = new Map<string, Map<string, string>>();
for (const root of ['queries', 'test/testing/meanings', 'test/fixtures/cases'])
  for (const name of readdirSync(join(ROOT, root), { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.betrace')) continue;
    const path = join(ROOT, root, name);
    const folder = dirname(join(root, name));
    const files = folders.get(folder) ?? new Map<string, string>();
    folders.set(folder, files.set(path, readFileSync(path, 'utf8')));
  }

describe.skipIf(!hasChdb)('rules in ClickHouse', () => {
  let db: ClickHouseStore;
  beforeAll(async () => {
    db = await openChdb();
  });
  afterAll(() => db.close());

  it.each([...folders.keys()])('of %s come out as their tests say', async (folder) => {
    const { tests } = loadWorkspace(folders.get(folder)!);
    expect(tests.length).toBeGreaterThan(0);
    const results = await runTests(db, tests, readTestTraces);
    const wrong = results.filter(({ passed }) => !passed);
    expect(
      wrong.map(({ test, expected, actual, problem }) => [test.item.title, expected, problem ?? actual]),
    ).toEqual([]);
  });
});
