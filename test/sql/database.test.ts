import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { Database } from '../../engine/sql/dialects/duckdb/database.js';
import { plainSql } from '../support/plain-sql.js';

/** More than the database may hold in memory. */
const LARGE = `CREATE TABLE large AS SELECT range AS n, hash(range)::VARCHAR || hash(range + 1)::VARCHAR AS text FROM range(2000000)`;
const SUM = 'SELECT count(*), sum(hash(text))::VARCHAR FROM large';

it('writes to disk next to another one in the same place', async () => {
  const place = mkdtempSync(join(tmpdir(), 'betrace-database-'));
  onTestFinished(() => rmSync(place, { recursive: true, force: true }));
  const options = { memory: 2 ** 26, threads: 1, tempDirectory: join(place, 'made') };
  const first = await Database.open(options);
  await first.run(plainSql(LARGE));
  const right = await first.rows(plainSql(SUM));
  const second = await Database.open(options);
  await second.run(plainSql(LARGE));
  expect(readdirSync(options.tempDirectory, { recursive: true }).length).toBeGreaterThan(2);
  first.close();
  expect(await second.rows(plainSql(SUM))).toEqual(right);
  second.close();
});
