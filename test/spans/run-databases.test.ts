/** A database that one run after another borrows gives each the same as a database of its own. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { openFlatCache } from '../../engine/blocks/cache/cache.js';
import { FlattenPool } from '../../engine/blocks/flatten/pool.js';
import { findTenants } from '../../engine/blocks/listing/tenants.js';
import { localStorage } from '../../engine/blocks/storage-local.js';
import { planRules } from '../../engine/plan/lower/lower.js';
import { type ReplayOptions, replay } from '../../engine/replay/replay.js';
import { replayJson } from '../../engine/replay/result-json.js';
import { RunDatabases } from '../../engine/spans/run-databases.js';
import { overStoredTraces, type StoredTraces } from '../../engine/spans/stored-run.js';
import type { Store } from '../../engine/sql/store/store.js';
import { ruleOf, shopRules } from '../bench/rules.js';
import { plainSql } from '../support/plain-sql.js';

const storage = localStorage(fileURLToPath(new URL('../fixtures/blocks/shop-v5', import.meta.url)));
const directory = mkdtempSync(join(tmpdir(), 'betrace-databases-'));
const flatten = new FlattenPool({ storage, workers: 1 });
const rules = shopRules();
const { needs } = planRules(rules);
const middle = 1_795_176_000_000_000_000n;
let alone: StoredTraces;
let databases: RunDatabases;
let shared: StoredTraces;

beforeAll(async () => {
  const { tenants } = await findTenants(storage);
  const cache = openFlatCache({ directory: join(directory, 'cache') });
  const tempDirectory = join(directory, 'tmp');
  alone = { storage, tenant: tenants[0]!, window: {}, cache, flatten, memory: 2 ** 30, tempDirectory };
});
beforeEach(() => {
  databases = new RunDatabases();
  shared = { ...alone, databases };
});
afterEach(() => databases.close());
afterAll(async () => {
  await flatten.close();
  rmSync(directory, { recursive: true, force: true });
});

async function verdicts(traces: StoredTraces, changes: Partial<ReplayOptions> = {}): Promise<unknown> {
  return replayJson(await replay({ ...traces, rules, limit: 50, ...changes }));
}

async function databaseOf(traces: StoredTraces): Promise<Store> {
  return await overStoredTraces(traces, needs, (run) => Promise.resolve(run.db));
}

async function tablesIn(db: Store): Promise<readonly unknown[]> {
  const rows = await db.rows(plainSql(`SELECT table_name FROM duckdb_tables() ORDER BY ALL`));
  return rows.map(([name]) => name);
}

it('has one thread for few spans, unless it is said how many', async () => {
  expect((await databaseOf(shared)).threads).toBe(1);
  expect((await databaseOf({ ...shared, threads: 2 })).threads).toBe(2);
});

it('is borrowed by one run after another', async () => {
  expect(await databaseOf(shared)).toBe(await databaseOf(shared));
});

it('is not shared by two runs at once', async () => {
  const [first, other] = await Promise.all([databaseOf(shared), databaseOf(shared)]);
  expect(first).not.toBe(other);
});

it('gives every run what a database of its own would', async () => {
  const [all, before, after] = [{}, { toNs: middle }, { fromNs: middle }];
  const few = rules.slice(0, 2);
  const expected = new Map<unknown, Map<unknown, unknown>>();
  for (const some of [rules, few]) {
    const byWindow = new Map<unknown, unknown>();
    for (const window of [all, before, after])
      byWindow.set(window, await verdicts(alone, { window, rules: some }));
    expected.set(some, byWindow);
  }
  for (const some of [rules, few, rules])
    for (const window of [all, all, before, after, all])
      expect(await verdicts(shared, { window, rules: some })).toEqual(expected.get(some)!.get(window));
});

it('keeps the rows of traces and those that were put together, and nothing else of a run', async () => {
  await verdicts(shared);
  const db = await databaseOf(shared);
  expect(await tablesIn(db)).toEqual([
    'fragments_0',
    'fragments_1', // of the run that looks, which leaves nothing out
    'merged_links_0',
    'merged_spans_0',
    'merged_traces_0',
    'misplaced_0',
    'misplaced_1',
    'stored_traces_0', // of both
  ]);
});

it('keeps them for a run over the same blocks in another window, and for those after others', async () => {
  const made = async (): Promise<number> => {
    const db = await databaseOf(shared);
    return (await tablesIn(db)).filter((table) => String(table).startsWith('merged_spans')).length;
  };
  await verdicts(shared);
  await verdicts(shared, { window: { toNs: middle } });
  expect(await made()).toBe(1);
  await verdicts(shared, { rules: rules.slice(0, 2) });
  await verdicts(shared);
  expect(await made()).toBe(2);
});

it('keeps no more of them than there is room for', async () => {
  for (let n = 0; n < 15; n++)
    await verdicts(shared, { rules: ruleOf(`rule n { when { span.a${n} = 1 } always { } }`) });
  const tables = await tablesIn(await databaseOf(shared));
  expect(tables.filter((table) => String(table).startsWith('fragments')).length).toBeLessThanOrEqual(13);
});

it('is closed after a run that failed', async () => {
  const db = await databaseOf(shared);
  const failing = overStoredTraces(shared, needs, () => Promise.reject(new Error('no')));
  await expect(failing).rejects.toThrow('no');
  await expect(db.rows(plainSql(`SELECT 1`))).rejects.toThrow();
  expect(await databaseOf(shared)).not.toBe(db);
});

it('is closed with its owner, also when a run gives it back after that', async () => {
  const db = await overStoredTraces(shared, needs, async (run) => {
    await databases.close();
    return run.db;
  });
  await databases.close();
  await expect(db.rows(plainSql(`SELECT 1`))).rejects.toThrow();
});
