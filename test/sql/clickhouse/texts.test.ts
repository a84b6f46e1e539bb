/** Texts that are not UTF-8, in blocks that ClickHouse reads where they are: they are what DuckDB is given of them. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadQuery } from '../../../engine/language/link/load-query.js';
import { attributesOfPairs } from '../../../engine/otlp/attributes.js';
import { planSearch } from '../../../engine/plan/search.js';
import { search } from '../../../engine/query/search.js';
import { listTagValues } from '../../../engine/query/tag-values.js';
import type { BlockTraces } from '../../../engine/spans/traces.js';
import type { ClickHouseStore } from '../../../engine/sql/dialects/clickhouse/store.js';
import { event, span, trace } from '../../support/arbitrary/spans.js';
import { makeStorage } from '../../support/made-storage.js';
import { openStored } from '../../support/stored.js';
import { byDatabase, hasChdb, openChdb } from './chdb.js';

/** Cut off in the middle of a character, which an SDK does that counts bytes, and a byte that is in none. */
const WRONG = Buffer.from([0x66, 0xe2, 0x82, 0xff, 0x80, 0x66]);
const MARK = 'spoilt';

function spoil(folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.name !== 'data.parquet') continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = readFileSync(path);
    let found = 0;
    for (let place = bytes.indexOf(MARK); place >= 0; place = bytes.indexOf(MARK, place + 1))
      found += WRONG.copy(bytes, place);
    expect(found).toBeGreaterThan(8 * WRONG.length);
    writeFileSync(path, bytes);
  }
}

/** A key that is there twice. */
const several = attributesOfPairs([
  ['many', 'spoilt first'],
  ['many', 'spoilt second'],
]).get('many')!;

describe.skipIf(!hasChdb)('texts that are not UTF-8', () => {
  let db: ClickHouseStore;
  const work = mkdtempSync(join(tmpdir(), 'betrace-texts-'));
  beforeAll(async () => {
    db = await openChdb();
  });
  afterAll(() => {
    db.close();
    rmSync(work, { recursive: true });
  });

  it.each(['vParquet5', 'vParquet4'] as const)('are what DuckDB is given of them, in %s', async (format) => {
    const root = makeStorage(join(work, format), format, [
      trace(
        span(1, undefined, {
          name: 'spoilt name',
          statusMessage: 'spoilt message',
          resource: { 'service.name': 'spoilt service' },
          attributes: {
            text: 'spoilt text',
            list: ['one', 'spoilt element'],
            many: several,
          },
          events: [event('spoilt event', { text: 'spoilt text of an event' })],
        }),
        span(2, 1, { name: 'sound', attributes: { text: 'žluťoučký', list: ['kůň'] } }),
      ),
    ]);
    spoil(root);
    const { stored, close } = await openStored(root);
    const nested = byDatabase(db, stored);
    const asked =
      '{ } | select(statusMessage, span.text, span.list, span.many, event:name, event.text, resource.service.name)';
    const find = async (by: BlockTraces, text: string): Promise<unknown> => {
      const { query } = loadQuery(text);
      if (query?.kind !== 'search') throw new Error(text);
      return (await search({ ...by, plan: planSearch(query.pipeline), limit: 9, spansPerSpanset: 9 })).traces;
    };
    const found = await find(nested, asked);
    expect(found).toEqual(await find(stored, asked));
    expect(
      JSON.stringify(found, (_, value: unknown) => (typeof value === 'bigint' ? Number(value) : value)),
    ).toContain('f\uFFFD\uFFFD\uFFFDf');
    for (const filter of [
      '{ name = "f\uFFFD\uFFFD\uFFFDf name" }',
      '{ span.list =~ ".*\uFFFD.*" }',
      '{ span.many =~ ".*\uFFFD.*first" }',
    ])
      expect(await find(nested, filter), filter).toEqual(await find(stored, filter));
    for (const tag of ['name', 'span.list', 'event.text']) {
      const bounds = { tag, limit: 100, maxBytes: 10_000 };
      expect((await listTagValues({ ...nested, ...bounds })).values).toEqual(
        (await listTagValues({ ...stored, ...bounds })).values,
      );
    }
    await close();
  });
});
