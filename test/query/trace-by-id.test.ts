import { expect, test } from 'vitest';
import { BLOCK_FORMATS, type BlockFormat } from '../../engine/blocks/block-formats.js';
import type { Storage } from '../../engine/blocks/storage.js';
import { StorageError } from '../../engine/blocks/storage.js';
import { localStorage } from '../../engine/blocks/storage-local.js';
import { BlockFiles } from '../../engine/blocks/trace/block-files.js';
import { readTrace, wantedTrace } from '../../engine/blocks/trace/read-trace.js';
import { findTrace } from '../../engine/query/trace-by-id.js';
import { Database } from '../../engine/sql/dialects/duckdb/database.js';
import { storedBlocks } from '../blocks/flatten/fixtures.js';
import { madeMeta, madeRows, memoryStorage, schemaOf } from '../blocks/flatten/made-blocks.js';
import { type WriteOptions, writeNested } from '../blocks/flatten/nested-writer.js';
import { plainSql } from '../support/plain-sql.js';
import { comparable, traceOfNested } from './nested-trace.js';

const TENANT = { name: 'single-tenant', path: 'single-tenant' };

/** One of so many is looked up, spread over all pages; all of them take minutes. */
const EVERY = Number(process.env.BETRACE_EVERY_TRACE ?? 53);

const REAL = ['shop-v5', 'shop-v4', 'conf-v5', 'tempo-v3'].flatMap((name) => storedBlocks(name));

test.each(REAL)('traces of $name are read as DuckDB reads it', async ({ storage, meta }) => {
  const files = new BlockFiles(storage);
  const database = await Database.open();
  let traces = 0;
  const path = storage.localPath?.(meta.dataPath) ?? '';
  for await (const [id, rs] of database.stream(
    plainSql(`SELECT TraceID, rs FROM read_parquet('${path}', file_row_number = true)
      WHERE file_row_number % ${EVERY} = 0`),
  )) {
    if (!(id instanceof Uint8Array)) throw new Error('no id');
    traces++;
    const count = { requests: 0, bytes: 0 };
    const fragments = await readTrace(files, meta, wantedTrace(id), count);
    expect(fragments).toHaveLength(1);
    expect(comparable(fragments[0] ?? [])).toEqual(comparable(traceOfNested(rs, meta)));
  }
  expect(traces).toBe(Math.ceil(meta.totalObjects / EVERY));
  database.close();
});

/** One data file and nothing else: no bloom filter. */
function onlyData(bytes: Uint8Array): Storage {
  const storage = memoryStorage(bytes);
  return {
    ...storage,
    read: (path) => Promise.reject(new StorageError('not-found', path, 'does not exist')),
  };
}

const SHAPES: Readonly<Record<BlockFormat, readonly WriteOptions[]>> = {
  vParquet5: [
    { codec: 'snappy', texts: 'dictionary', numbers: 'delta', rowsPerPage: 7 },
    { codec: 'zstd', texts: 'dictionary-then-plain', rowsPerGroup: 9 },
  ],
  vParquet4: [
    { texts: 'delta', numbers: 'delta', rowsPerPage: 5 },
    { codec: 'gzip', texts: 'plain', pageVersion: 1 },
  ],
  vParquet3: [{ codec: 'snappy', texts: 'delta-length', rowsPerPage: 4, rowsPerGroup: 11 }],
};

test.each(BLOCK_FORMATS.flatMap((format) => SHAPES[format].map((shape) => [format, shape] as const)))(
  'made traces of %s (%o) are read whole, without page index or bloom filter',
  async (format, shape) => {
    for (let seed = 1; seed <= 6; seed++) {
      const rows = madeRows(format, 30, seed);
      const bytes = writeNested(schemaOf(format), rows, shape);
      const meta = madeMeta(format, bytes.length, rows.length);
      const files = new BlockFiles(onlyData(bytes));
      for (const row of rows) {
        const wanted = wantedTrace(row.TraceID as Uint8Array);
        const fragments = await readTrace(files, meta, wanted, { requests: 0, bytes: 0 });
        expect(comparable(fragments[0] ?? [])).toEqual(comparable(traceOfNested(row.rs, meta, true)));
      }
    }
  },
);

test('a trace that lies in two blocks is whole, each span once', async () => {
  for (const name of ['shop-v5', 'shop-v4']) {
    const blocks = storedBlocks(name);
    const [first] = blocks;
    if (!first) throw new Error('no blocks');
    const database = await Database.open();
    const paths = blocks.map(({ storage, meta }) => `'${storage.localPath?.(meta.dataPath)}'`).join(', ');
    const rows = await database.rows(
      plainSql(`SELECT TraceID, list(rs) FROM read_parquet([${paths}]) GROUP BY TraceID HAVING count(*) > 1`),
    );
    database.close();
    expect(rows.length).toBeGreaterThan(20);
    const metas = blocks.map(({ meta }) => meta);
    const source = { list: () => Promise.resolve({ blocks: metas, unread: [], warnings: [], outside: 0 }) };
    const files = new BlockFiles(first.storage);
    for (const [id, fragments] of rows) {
      if (!(id instanceof Uint8Array) || !Array.isArray(fragments)) throw new Error('no trace');
      const result = await findTrace({ tenant: TENANT, blocks: source, files }, id);
      const spansOf = (
        trace: readonly {
          readonly scopeSpans: readonly {
            readonly spans: readonly { readonly spanId: string; readonly kind: number }[];
          }[];
        }[],
      ) =>
        trace.flatMap(({ scopeSpans }) =>
          scopeSpans.flatMap(({ spans }) => spans.map(({ spanId, kind }) => `${spanId} ${kind}`)),
        );
      const expected = new Set(fragments.flatMap((rs) => spansOf(traceOfNested(rs, first.meta))));
      const found = spansOf(result.resourceSpans);
      expect(found).toHaveLength(expected.size);
      expect(new Set(found)).toEqual(expected);
      expect(result.inspected).toMatchObject({ traces: 1, spans: expected.size, blocks: 2, unread: [] });
    }
  }
});

test('an id that no block holds gives an empty trace', async () => {
  const [block] = storedBlocks('conf-v5');
  if (!block) throw new Error('no block');
  const source = {
    list: () => Promise.resolve({ blocks: [block.meta], unread: [], warnings: [], outside: 0 }),
  };
  const files = new BlockFiles(localStorage(block.storage.description));
  const result = await findTrace({ tenant: TENANT, blocks: source, files }, new Uint8Array(16));
  expect(result).toMatchObject({
    traceId: '0'.repeat(32),
    resourceSpans: [],
    inspected: { traces: 0, spans: 0, unread: [] },
  });
});
