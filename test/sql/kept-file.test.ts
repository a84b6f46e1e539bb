/** Databases that outlive the process: what a later version wrote is refused, and what an earlier one did is taken over as far as it can be. */
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it, onTestFinished } from 'vitest';
import { KeptFlows } from '../../engine/sql/flows/kept/kept-flows.js';
import { openStore } from '../../engine/sql/open-store.js';
import { openKeptFile } from '../../engine/sql/store/kept-file.js';
import type { Store } from '../../engine/sql/store/store.js';
import { KEPT_COUNTED, KEPT_DUE, KEPT_NOTES } from '../../engine/sql/tables.js';
import { dropTable } from '../../engine/sql/text/operations.js';
import { name, type Sql, sql } from '../../engine/sql/text/sql.js';

const directory = mkdtempSync(join(tmpdir(), 'betrace-kept-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const CALLED = name('kept');
let files = 0;

async function store(): Promise<Store> {
  const db = await openStore();
  onTestFinished(() => db.close());
  return db;
}

/** A copy of the file as a process leaves it that is killed now. */
function killed(path: string): string {
  const copy = join(directory, `${files++}.db`);
  for (const end of ['', '.wal'])
    if (existsSync(`${path}${end}`)) copyFileSync(`${path}${end}`, `${copy}${end}`);
  return copy;
}

const contents = (path: string): readonly string[] =>
  ['', '.wal']
    .filter((end) => existsSync(`${path}${end}`))
    .map((end) => readFileSync(`${path}${end}`, 'hex'));

it('a file of a later format is refused, and nothing in it is changed', async () => {
  const path = join(directory, `${files++}.db`);
  await openKeptFile(await store(), { called: CALLED, path, format: 3 }, async () => undefined);
  const left = killed(path);
  const before = contents(left);
  expect(before).toHaveLength(2);
  const older = await openStore();
  const opened = openKeptFile(older, { called: CALLED, path: left, format: 2 }, async () =>
    expect.fail('made anew'),
  );
  await expect(opened).rejects.toThrow('has format 3, and this version reads up to 2');
  older.close();
  expect(contents(left)).toEqual(before);
});

it('a file of an earlier format is made anew, once', async () => {
  const path = join(directory, `${files++}.db`);
  const made: number[] = [];
  for (const format of [2, 2, 3, 3]) {
    const db = await openStore();
    await openKeptFile(db, { called: CALLED, path, format }, async () => void made.push(format));
    db.close();
  }
  expect(made).toEqual([2, 3]);
});

it.each<[string, string, Sql | undefined, number]>([
  ['of today before they said so', 'stay', undefined, 1],
  ['that were numbered', 'begin anew', sql`ALTER TABLE ${KEPT_DUE} DROP COLUMN first_ns`, 0],
])('flows %s %s, and what was counted is heard of', async (_, __, change, left) => {
  const path = join(directory, `${files++}.db`);
  const db = await openStore();
  await KeptFlows.open(db, path);
  await db.run(sql`INSERT INTO ${KEPT_NOTES} VALUES (1, 'counted')`);
  await db.run(sql`INSERT INTO ${KEPT_COUNTED} VALUES ('shop', 'ships', 0, 'a', 1, 1, 1)`);
  await db.run(dropTable(sql`${name('kept_flows')}.${name('kept_format')}`));
  if (change !== undefined) await db.run(change);
  db.close();
  const again = await store();
  const flows = await KeptFlows.open(again, path);
  expect(await flows.notes()).toEqual([{ seq: 1n, note: 'counted' }]);
  expect(await again.rows(sql`SELECT count(*) FROM ${KEPT_COUNTED}`)).toEqual([[BigInt(left)]]);
});
