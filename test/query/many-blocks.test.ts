import {
  cpSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { bloomHashes, bloomMayHold, bloomShard, parseBloom } from '../../engine/blocks/bloom.js';
import { listingSource } from '../../engine/blocks/listing/block-source.js';
import type { Storage } from '../../engine/blocks/storage.js';
import { localStorage } from '../../engine/blocks/storage-local.js';
import { BlockFiles } from '../../engine/blocks/trace/block-files.js';
import { readTrace, wantedTrace } from '../../engine/blocks/trace/read-trace.js';
import { findTrace } from '../../engine/query/trace-by-id.js';
import { Database } from '../../engine/sql/dialects/duckdb/database.js';
import { storedBlocks } from '../blocks/flatten/fixtures.js';
import { directoryOf, FIXTURES } from '../blocks/storage/support.js';
import { countingWaves } from '../support/counting-waves.js';
import { plainSql } from '../support/plain-sql.js';

const TENANT = { name: 'single-tenant', path: 'single-tenant' };
const SMALL = join(FIXTURES, 'shop-v5/blocks/single-tenant/4c723e5f-8db2-4b44-bfb9-e7e06ec6af8d');
const LARGE = join(FIXTURES, 'conf-v5/blocks/single-tenant/3f405dc2-1a2f-430e-b522-de64d72804b1');

const blockId = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

/** One block of many traces, and `count` of few others, all with bloom filters. */
async function manyBlocks(
  count: number,
): Promise<{ readonly root: string; readonly ids: readonly Uint8Array[] }> {
  const root = await directoryOf({});
  const small = join(root, 'small');
  cpSync(SMALL, small, { recursive: true });
  writeFileSync(join(small, 'bloom-0'), bloomOf(await traceIds(SMALL)));
  const ids = await traceIds(LARGE);
  const large = join(root, 'single-tenant', blockId(0));
  cpSync(LARGE, large, { recursive: true });
  writeFileSync(join(large, 'bloom-0'), bloomOf(ids));
  for (let n = 1; n <= count; n++) {
    const directory = join(root, 'single-tenant', blockId(n));
    mkdirSync(directory);
    for (const file of ['meta.json', 'data.parquet', 'bloom-0'])
      linkSync(join(small, file), join(directory, file));
  }
  return { root, ids };
}

async function traceIds(block: string): Promise<readonly Uint8Array[]> {
  const database = await Database.open();
  const rows = await database.rows(plainSql(`SELECT TraceID FROM read_parquet('${block}/data.parquet')`));
  database.close();
  return rows.flatMap(([id]) => (id instanceof Uint8Array ? [id] : []));
}

/** As Tempo writes them: 100 KiB, 7 hash functions. */
function bloomOf(ids: readonly Uint8Array[]): Uint8Array {
  const m = 819_200;
  const bytes = new Uint8Array(24 + m / 8);
  const view = new DataView(bytes.buffer);
  for (const [index, value] of [m, 7, m].entries()) view.setBigUint64(index * 8, BigInt(value));
  const filter = parseBloom(bytes);
  for (const id of ids) {
    const hashes = bloomHashes(id);
    // The bits that are asked for are found by asking: each in turn is the first that is missing.
    for (let i = 0; i < 7; i++) {
      const bit = Number(
        BigInt.asUintN(64, hashes[i % 2]! + BigInt(i) * hashes[2 + (((i + (i % 2)) % 4) >> 1)]!) % BigInt(m),
      );
      const word = 24 + (bit >>> 6) * 8;
      view.setBigUint64(word, view.getBigUint64(word) | (1n << BigInt(bit & 63)));
    }
    if (!bloomMayHold(filter, hashes)) throw new Error('the filter does not hold what was put in');
  }
  return bytes;
}

interface Counted extends Storage {
  readonly paths: string[];
  bytes: number;
}

function counting(storage: Storage): Counted {
  const paths: string[] = [];
  const counted: Counted = {
    description: storage.description,
    paths,
    bytes: 0,
    list: (prefix) => storage.list(prefix),
    size: (path) => storage.size(path),
    read: async (path, limit) => note(path, await storage.read(path, limit)),
    readRange: async (path, start, end) => note(path, await storage.readRange(path, start, end)),
  };
  const note = (path: string, bytes: Uint8Array): Uint8Array => {
    paths.push(path);
    counted.bytes += bytes.length;
    return bytes;
  };
  return counted;
}

test('over 1000 blocks only bloom filters and the one block that holds the trace are read', async () => {
  const { root, ids } = await manyBlocks(1000);
  const storage = counting(localStorage(root));
  const list = await listingSource(storage).list(TENANT, {});
  expect(list.blocks).toHaveLength(1001);
  const blocks = { list: () => Promise.resolve(list) };
  const files = new BlockFiles(storage);
  storage.paths.length = 0;
  const result = await findTrace({ tenant: TENANT, blocks, files }, ids[600]!);
  expect(result.inspected).toMatchObject({ traces: 1, blocks: 1001, unread: [] });
  const dataFiles = storage.paths.filter((path) => path.endsWith('data.parquet'));
  expect(storage.paths.filter((path) => path.endsWith('bloom-0'))).toHaveLength(1001);
  expect(new Set(dataFiles)).toEqual(new Set([`single-tenant/${blockId(0)}/data.parquet`]));
  expect(dataFiles.length).toBeLessThan(12);

  // What was read once is kept: another trace costs the pages of its row and nothing else.
  storage.paths.length = 0;
  storage.bytes = 0;
  await findTrace({ tenant: TENANT, blocks, files }, ids[601]!);
  expect(storage.paths.every((path) => path === `single-tenant/${blockId(0)}/data.parquet`)).toBe(true);
  expect(storage.bytes).toBeLessThan(1_500_000);
  expect(files.cachedBytes).toBeLessThan(192 * 1024 * 1024);

  storage.paths.length = 0;
  expect(
    (await findTrace({ tenant: TENANT, blocks, files }, Uint8Array.of(...ids[5]!.slice(1), 7))).resourceSpans,
  ).toEqual([]);
  expect(storage.paths).toEqual([]);
});

test('over a network a trace costs four requests: filter, footer with page index, ids, and the pages of its row', async () => {
  const { root, ids } = await manyBlocks(0);
  const storage = counting(localStorage(root));
  const list = await listingSource(storage).list(TENANT, {});
  storage.paths.length = 0;
  const blocks = { list: () => Promise.resolve(list) };
  const found = await findTrace({ tenant: TENANT, blocks, files: new BlockFiles(storage) }, ids[600]!);
  expect(found.inspected).toMatchObject({ traces: 1, unread: [] });
  expect(storage.paths.map((path) => path.split('/').at(-1))).toEqual([
    'bloom-0',
    'data.parquet',
    'data.parquet',
    'data.parquet',
  ]);
});

test.each(storedBlocks('bench-v5'))(
  'however large a block, four answers have to be waited for one after the other: $name',
  async ({ storage, meta }) => {
    const [id] = await traceIds(dirname(storage.localPath!(meta.dataPath)));
    const waves = countingWaves(storage);
    const files = new BlockFiles(waves.storage);
    const count = { requests: 0, bytes: 0 };
    expect(await readTrace(files, meta, wantedTrace(id!), count)).toHaveLength(1);
    // The pages of the row lie all over its row group, and are asked for at once: not to read what lies between them.
    expect(count.requests).toBeGreaterThan(4);
    expect(count.bytes).toBeLessThan(meta.size / 2);
    expect(waves.count()).toBe(4);
    waves.restart();
    expect(await readTrace(files, meta, wantedTrace(id!), count)).toHaveLength(1);
    expect(waves.count()).toBe(2);
  },
);

test.each(storedBlocks('bench-v5'))(
  'where requests are dear a trace takes four, whatever lies between its pages: $name',
  async ({ storage, meta }) => {
    const [id] = await traceIds(dirname(storage.localPath!(meta.dataPath)));
    const waves = countingWaves(storage, meta.size);
    const count = { requests: 0, bytes: 0 };
    expect(await readTrace(new BlockFiles(waves.storage), meta, wantedTrace(id!), count)).toHaveLength(1);
    expect([count.requests, waves.count()]).toEqual([4, 4]);
  },
);

test('a block that is cut off, damaged or gone is named, and the others answer', async () => {
  const { root, ids } = await manyBlocks(4);
  const fileOf = (n: number, name: string): string => join(root, 'single-tenant', blockId(n), name);
  const own = (n: number): void => {
    // A file of its own, with the filter of the block that holds the trace.
    for (const name of ['data.parquet', 'bloom-0']) rmSync(fileOf(n, name));
    cpSync(join(root, 'single-tenant', blockId(0), 'bloom-0'), fileOf(n, 'bloom-0'));
    cpSync(join(root, 'single-tenant', blockId(0), 'data.parquet'), fileOf(n, 'data.parquet'));
    cpSync(join(root, 'single-tenant', blockId(0), 'meta.json'), `${fileOf(n, 'meta.json')}.new`);
    renameSync(`${fileOf(n, 'meta.json')}.new`, fileOf(n, 'meta.json'));
  };
  for (const number of [1, 2, 3]) own(number);
  truncateSync(fileOf(1, 'data.parquet'), 1000);
  rmSync(fileOf(2, 'data.parquet'));
  writeFileSync(fileOf(3, 'bloom-0'), readFileSync(fileOf(3, 'bloom-0')).subarray(0, 5000));
  const storage = localStorage(root);
  const result = await findTrace(
    { tenant: TENANT, blocks: listingSource(storage), files: new BlockFiles(storage) },
    ids[7]!,
  );
  expect(result.inspected.traces).toBe(1);
  expect(result.inspected.unread.map(({ blockId: id, code }) => [id, code])).toEqual([
    [blockId(1), 'BT4010'],
    [blockId(2), 'BT4003'],
    [blockId(3), 'BT4010'],
  ]);
});

test('a block that vanishes while it is asked is found again in its successor', async () => {
  const { root, ids } = await manyBlocks(0);
  const storage = localStorage(root);
  const old = join(root, 'single-tenant', blockId(0));
  const successor = join(root, 'single-tenant', blockId(9));
  const source = listingSource(storage);
  let listings = 0;
  const blocks = {
    list: async (...question: Parameters<typeof source.list>) => {
      const list = await source.list(...question);
      if (listings++ === 0) {
        cpSync(old, successor, { recursive: true });
        const meta: unknown = JSON.parse(readFileSync(join(old, 'meta.json'), 'utf8'));
        writeFileSync(
          join(successor, 'meta.json'),
          JSON.stringify({ ...(meta as object), compactionLevel: 1 }),
        );
        rmSync(old, { recursive: true });
      }
      return list;
    },
  };
  const result = await findTrace({ tenant: TENANT, blocks, files: new BlockFiles(storage) }, ids[3]!);
  expect(listings).toBe(2);
  expect(result.inspected).toMatchObject({ traces: 1, blocks: 1, unread: [] });
});

test("Tempo's own filter holds the ids of its block, and hardly any others", async () => {
  const filter = parseBloom(readFileSync(join(LARGE, 'bloom-0')));
  const ids = await traceIds(LARGE);
  expect(ids).toHaveLength(1200);
  expect(ids.every((id) => bloomMayHold(filter, bloomHashes(id)))).toBe(true);
  const others = ids.map((id) => Uint8Array.from(id, (byte, index) => byte ^ (index + 1)));
  expect(others.filter((id) => bloomMayHold(filter, bloomHashes(id))).length).toBeLessThan(3);
});

test('the number of a shard is the FNV-1 hash of the id', () => {
  // Of the empty text, and of `a` (Landon Noll, "FNV Hash", test vectors).
  expect(bloomShard(new Uint8Array(0), 2 ** 32)).toBe(0x811c9dc5);
  expect(bloomShard(Buffer.from('a'), 2 ** 32)).toBe(0x050c5d7e);
  expect(bloomShard(Buffer.from('a'), 0)).toBe(0x050c5d7e % 10);
});
