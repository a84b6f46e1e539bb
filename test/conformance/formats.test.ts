/**
 * Queries of the conformance tests over the traces of `conf-v5`, written as vParquet3: as far as vParquet3 holds them, they
 * are answered as in vParquet5, by this database and by ClickHouse.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { BlockFormat } from '../../engine/blocks/block-formats.js';
import type { ClickHouseStore } from '../../engine/sql/dialects/clickhouse/store.js';
import { byDatabase, hasChdb, openChdb } from '../sql/clickhouse/chdb.js';
import { makeStorage } from '../support/made-storage.js';
import { mergeTraces } from '../support/oracle/index.js';
import { storedFragments } from '../support/real-blocks.js';
import { inVParquet3 } from '../support/tempo-rows.js';
import { tempoAnswers } from './answers.js';
import { type Asker, openAsker } from './ask.js';
import { ordered } from './ordered.js';

/** What vParquet3 keeps as protobuf, and some of everything else. */
const queries = [...tempoAnswers().keys()].filter(
  (query, n) => /\b(?:event|link)\b/.test(query) || n % 12 === 0,
);

const work = mkdtempSync(join(tmpdir(), 'betrace-formats-'));
const roots = new Map<BlockFormat, string>();
let asker: Asker;
beforeAll(async () => {
  const traces = mergeTraces(await storedFragments('conf-v5', 1)).map(inVParquet3);
  for (const format of ['vParquet3', 'vParquet5'] as const)
    roots.set(format, makeStorage(join(work, format), format, traces));
  asker = await openAsker(roots.get('vParquet5'));
});
afterAll(async () => {
  await asker.close();
  rmSync(work, { recursive: true });
});

describe('traces in vParquet3', () => {
  let other: Asker;
  beforeAll(async () => {
    other = await openAsker(roots.get('vParquet3'));
  });
  afterAll(async () => await other.close());

  it.each(queries)('%s', async (query) => {
    expect(ordered(await other.ask(query))).toEqual(ordered(await asker.ask(query)));
  });
});

describe.skipIf(!hasChdb)('traces in vParquet3, in ClickHouse', () => {
  let db: ClickHouseStore;
  let other: Asker;
  beforeAll(async () => {
    db = await openChdb();
    other = await openAsker(roots.get('vParquet3'), (stored) => byDatabase(db, stored));
  });
  afterAll(async () => {
    await other.close();
    db.close();
  });

  it.each(queries.filter((_, n) => n % 3 === 0))('%s', async (query) => {
    expect(ordered(await other.ask(query))).toEqual(ordered(await asker.ask(query)));
  });
});

it('find something, mostly', async () => {
  const answers = await Promise.all(queries.map(async (query) => JSON.stringify(await asker.ask(query))));
  const found = answers.filter(
    (answer) => !answer.includes('"traces":[]') && !answer.includes('"series":[]'),
  );
  expect(found.length).toBeGreaterThan(answers.length / 2);
});
