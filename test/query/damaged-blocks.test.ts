import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseMeta } from '../../engine/blocks/meta.js';
import { blockProblemOf } from '../../engine/blocks/problem-of-error.js';
import { type Storage, StorageError } from '../../engine/blocks/storage.js';
import { BlockFiles } from '../../engine/blocks/trace/block-files.js';
import { readTrace, wantedTrace } from '../../engine/blocks/trace/read-trace.js';
import { Database } from '../../engine/sql/dialects/duckdb/database.js';
import { FIXTURES } from '../blocks/storage/support.js';
import { plainSql } from '../support/plain-sql.js';
import { runs } from '../support/runs.js';

const BLOCK = join(FIXTURES, 'shop-v5/blocks/single-tenant/4c723e5f-8db2-4b44-bfb9-e7e06ec6af8d');
const DATA = readFileSync(join(BLOCK, 'data.parquet'));
const PARSED = parseMeta(readFileSync(join(BLOCK, 'meta.json'), 'utf8'), {
  tenant: 'single-tenant',
  tenantPath: '',
  blockId: '4c723e5f-8db2-4b44-bfb9-e7e06ec6af8d',
});
if (PARSED.kind === 'problem') throw new Error(PARSED.problem.message);
const META = PARSED.meta;

/** No bloom filter, so that the data file alone answers. */
function storageOf(bytes: Uint8Array): Storage {
  return {
    description: 'memory',
    list: () => Promise.resolve({ directories: [], files: [] }),
    size: () => Promise.resolve(bytes.length),
    read: (path) => Promise.reject(new StorageError('not-found', path, 'does not exist')),
    readRange: (path, start, end) =>
      end > bytes.length
        ? Promise.reject(new StorageError('range', path, 'ends early'))
        : Promise.resolve(bytes.slice(start, end)),
  };
}

async function look(bytes: Uint8Array, id: Uint8Array): Promise<string> {
  const files = new BlockFiles(storageOf(bytes));
  const fragments = await readTrace(files, META, wantedTrace(id), { requests: 0, bytes: 0 });
  return JSON.stringify(fragments, (_key, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
}

async function ids(): Promise<readonly Uint8Array[]> {
  const database = await Database.open();
  const rows = await database.rows(
    plainSql(`SELECT TraceID FROM read_parquet('${join(BLOCK, 'data.parquet')}')`),
  );
  database.close();
  return rows.flatMap(([id]) => (id instanceof Uint8Array ? [id] : []));
}

/** Where the column data ends: what follows (page index, footer) has no checksum. */
const DATA_END = DATA.length - META.footerSize - 8;

async function outcome(bytes: Uint8Array, id: Uint8Array): Promise<string> {
  const before = performance.now();
  try {
    return await look(bytes, id);
  } catch (error) {
    // Whatever is wrong has a name; anything else is a bug.
    if (!blockProblemOf(META, error)) throw error;
    return 'refused';
  } finally {
    expect(performance.now() - before).toBeLessThan(60_000);
  }
}

test('changed bytes end in the right trace or a named problem, never in a crash', async () => {
  const known = await ids();
  const right = await Promise.all(known.map((id) => look(DATA, id)));
  const tally = { right: 0, refused: 0, other: 0 };
  await fc.assert(
    fc.asyncProperty(
      fc.nat(known.length - 1),
      fc.array(fc.tuple(fc.nat(DATA.length - 1), fc.integer({ min: 1, max: 255 })), {
        minLength: 1,
        maxLength: 3,
      }),
      async (n, flips) => {
        const bytes = new Uint8Array(DATA);
        for (const [offset, xor] of flips) bytes[offset] = (bytes[offset] ?? 0) ^ xor;
        const got = await outcome(bytes, known[n] ?? new Uint8Array(16));
        if (got === right[n]) tally.right++;
        else if (got === 'refused') tally.refused++;
        else tally.other++;
      },
    ),
    { numRuns: runs(150) },
  );
  expect(tally.right).toBeGreaterThan(0);
  expect(tally.refused).toBeGreaterThan(0);
  // Headers, page index and footer have no checksum, so that little may differ: an id that is not found, a column that is passed over.
  expect(tally.other).toBeLessThan((tally.right + tally.refused) / 10);
});

test('a changed byte in the pages of a trace hardly ever goes unnoticed', async () => {
  const known = await ids();
  const right = await Promise.all(known.map((id) => look(DATA, id)));
  let looks = 0;
  let unnoticed = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.nat(known.length - 1),
      fc.integer({ min: 4, max: DATA_END - 8000 }),
      fc.integer({ min: 1, max: 255 }),
      async (n, offset, xor) => {
        const bytes = new Uint8Array(DATA);
        bytes[offset] = (bytes[offset] ?? 0) ^ xor;
        const got = await outcome(bytes, known[n] ?? new Uint8Array(16));
        looks++;
        if (got !== right[n] && got !== 'refused') unnoticed++;
      },
    ),
    { numRuns: runs(150) },
  );
  // The bodies of pages have checksums, their headers have not.
  expect(unnoticed / looks).toBeLessThan(0.02);
});

test('a file that is cut off anywhere is refused', async () => {
  const [id] = await ids();
  for (let length = 0; length < DATA.length; length += 997)
    expect(await outcome(DATA.subarray(0, length), id ?? new Uint8Array(16))).toBe('refused');
});
