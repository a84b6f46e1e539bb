/** Every query of test/fixtures/conformance over blocks that ClickHouse reads where they are: what DuckDB answers over the flat files of the same blocks. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClickHouseStore } from '../../../engine/sql/dialects/clickhouse/store.js';
import { type Answer, tempoAnswers } from '../../conformance/answers.js';
import { type Asker, openAsker } from '../../conformance/ask.js';
import { byDatabase, hasChdb, openChdb } from './chdb.js';

/** Spansets and series in one order; sums come in another, which shows in the last of sixteen digits. */
function ordered(answer: Answer): unknown {
  const text = JSON.stringify(answer, (key, value: unknown) => {
    if (typeof value === 'number') return Number(value.toPrecision(11));
    if (!Array.isArray(value) || (key !== 'sets' && key !== 'series')) return value;
    const texts = new Map(value.map((item) => [JSON.stringify(item), item as unknown]));
    return [...texts.keys()].sort().map((item) => texts.get(item));
  });
  return JSON.parse(text);
}

describe.skipIf(!hasChdb)('queries in ClickHouse', () => {
  let db: ClickHouseStore;
  let flat: Asker;
  let nested: Asker;
  beforeAll(async () => {
    db = await openChdb();
    flat = await openAsker();
    nested = await openAsker(undefined, (stored) => byDatabase(db, stored));
  });
  afterAll(async () => {
    await nested.close();
    await flat.close();
    db.close();
  });

  it.each([...tempoAnswers().keys()])('%s', async (query) => {
    expect(ordered(await nested.ask(query))).toEqual(ordered(await flat.ask(query)));
  });
});
