import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openFlatCache } from '../../../engine/blocks/cache/cache.js';
import { flattenBlock } from '../../../engine/blocks/flatten/flatten.js';
import { FlattenPool } from '../../../engine/blocks/flatten/pool.js';
import type { Storage } from '../../../engine/blocks/storage.js';
import { footerOf } from '../../support/checksums.js';
import { allNeeds, pathsIn, rows, withDatabase, withDirectory } from './compare.js';
import { storedBlocks } from './fixtures.js';
import { memoryStorage } from './made-blocks.js';

const blocks = storedBlocks('shop-v5');
const [first] = blocks;
const { storage } = first!;
const NEEDS = allNeeds([
  { scope: 'resource', key: 'service.name' },
  { scope: 'span', key: 'http.request.method' },
]);

/** The same bytes without a path of their own: workers must ask for them. */
function remote(overrides: Partial<Storage> = {}): Storage {
  return {
    description: 'remote',
    list: (prefix) => storage.list(prefix),
    read: (path) => storage.read(path),
    readRange: (path, start, end) => storage.readRange(path, start, end),
    size: (path) => storage.size(path),
    ...overrides,
  };
}

describe('the pool', () => {
  const pools: FlattenPool[] = [];
  const poolOf = (from: Storage, workers?: number, memory?: number): FlattenPool => {
    const pool = new FlattenPool({
      storage: from,
      ...(workers === undefined ? {} : { workers }),
      ...(memory === undefined ? {} : { memory }),
    });
    pools.push(pool);
    return pool;
  };
  afterAll(async () => {
    await Promise.all(pools.map((pool) => pool.close()));
  });

  for (const [kind, from] of [
    ['local', storage],
    ['remote', remote()],
  ] as const) {
    it(`adds columns to what a cache has from a ${kind} storage, and reads only those`, async () => {
      const pool = poolOf(from);
      const { meta } = first!;
      await withDirectory(async (directory) => {
        const cache = openFlatCache({ directory: join(directory, 'cache') });
        const none = { spans: [], spanAttributes: [] };
        const build = pool.builder(meta);
        const before = await cache.acquire(meta, { ...NEEDS, ...none }, build);
        const status = await cache.acquire(meta, { ...none, spans: ['status'] }, build);
        const all = await cache.acquire(meta, NEEDS, build);
        expect(status.block.bytesRead).toBeLessThan(before.block.bytesRead / 2);
        const here = pathsIn(directory, 'here-');
        await flattenBlock(storage, meta, NEEDS, here);
        await withDatabase(async (connection) => {
          for (const kind of ['traces', 'spans', 'events', 'links'] as const) {
            const columns = (await rows(connection, `DESCRIBE SELECT * FROM '${here[kind]}'`)).map(
              ({ column_name }) => String(column_name),
            );
            const select = (path = '') => rows(connection, `SELECT ${columns.join(', ')} FROM '${path}'`);
            expect(await select(all.block[kind])).toEqual(await select(here[kind]));
          }
        });
      });
    });

    it(`writes the same files as the main thread from a ${kind} storage`, async () => {
      const pool = poolOf(from);
      await withDirectory(async (directory) => {
        await Promise.all(
          [0, 1, 2].flatMap((round) =>
            blocks.map(async ({ meta }) => {
              const paths = pathsIn(directory, `${meta.blockId}-${round}-`);
              const here = pathsIn(directory, `${meta.blockId}-${round}-here-`);
              const flat = await pool.flatten(meta, NEEDS, paths);
              expect(flat).toEqual({ ...(await flattenBlock(storage, meta, NEEDS, here)), ...paths });
              for (const kind of ['traces', 'spans', 'events', 'links'] as const) {
                expect(readFileSync(paths[kind]).equals(readFileSync(here[kind]))).toBe(true);
              }
            }),
          ),
        );
      });
    });
  }

  it('knows from the statistics of a block whether its times need no look', async () => {
    await withDirectory(async (directory) => {
      const paths = pathsIn(directory);
      const needs = { spans: ['start_ns', 'duration_ns'], spanAttributes: [] } as const;
      const { meta } = first!;
      expect((await flattenBlock(storage, meta, needs, paths)).plainTimes).toBe(true);
      // Statistics that show a clock that is wrong, or none at all: then every value is looked at.
      const bytes = Buffer.from(await storage.read(meta.dataPath));
      const footer = footerOf(bytes);
      const chunk = footer.rowGroups[0]!.chunks[footer.leaves.get('rs.ss.Spans.DurationNano')!.number]!;
      const [max] = [Buffer.from(chunk.max!)];
      for (let offset = bytes.indexOf(max); offset >= 0; offset = bytes.indexOf(max, offset + 8))
        bytes[offset + 7] = 0x7f;
      const wrong = { ...storage, ...memoryStorage(bytes) };
      expect((await flattenBlock(wrong, meta, needs, paths)).plainTimes).toBe(false);
    });
  });

  it.each([
    ['one after the other where memory is not enough for two', 1, 1],
    ['at once where it is', 2 ** 30, 2],
  ])('reads blocks that the database has to read as they are %s', async (_, memory, atOnce) => {
    await withDirectory(async (directory) => {
      const { meta } = first!;
      // All columns of what the database writes are optional, which no block of Tempo has.
      const file = join(directory, 'written.parquet');
      await withDatabase(async (connection) => {
        const from = storage.localPath!(meta.dataPath);
        await rows(connection, `COPY (FROM read_parquet('${from}')) TO '${file}' (FORMAT parquet)`);
      });
      const bytes = readFileSync(file);
      let reading = 0;
      let most = 0;
      let arrived = (): void => undefined;
      const all = new Promise<void>((resolve) => {
        arrived = resolve;
      });
      const from = remote({
        readRange: async (_path, start, end) => {
          if (end - start === 8) {
            most = Math.max(most, ++reading);
            if (most === atOnce) arrived();
            await all;
          }
          return Uint8Array.from(bytes.subarray(start, end));
        },
      });
      const pool = poolOf(from, 2, memory);
      const written = { ...meta, size: bytes.length, footerSize: 0 };
      await Promise.all(
        ['a', 'b'].map(async (name) => {
          const flat = await pool.flatten(written, NEEDS, pathsIn(directory, name));
          reading--;
          expect(flat.traceCount).toBe(meta.totalObjects);
        }),
      );
      expect(most).toBe(atOnce);
    });
  });

  it('fails for one block alone', async () => {
    const pool = poolOf(storage, 1);
    await withDirectory(async (directory) => {
      const gone = { ...first!.meta, dataPath: 'single-tenant/gone/data.parquet' };
      const [bad, good] = await Promise.allSettled([
        pool.flatten(gone, NEEDS, pathsIn(directory, 'bad-')),
        pool.flatten(first!.meta, NEEDS, pathsIn(directory, 'good-')),
      ]);
      expect(bad).toMatchObject({ status: 'rejected', reason: { name: 'BlockReadError', code: 'BT4003' } });
      expect(good.status).toBe('fulfilled');
      const nowhere = pool.flatten(first!.meta, NEEDS, pathsIn(`${directory}/no/such`));
      await expect(nowhere).rejects.toMatchObject({ code: 'ENOENT' });
    });
  });

  it('stops at an abort, waiting or at work', async () => {
    const controller = new AbortController();
    const pool = poolOf(
      remote({
        readRange: async (path, start, end) => {
          setImmediate(() => controller.abort(new Error('enough')));
          await new Promise((resolve) => setTimeout(resolve, 20));
          return await storage.readRange(path, start, end);
        },
      }),
      1,
    );
    await withDirectory(async (directory) => {
      const results = await Promise.allSettled(
        ['a', 'b'].map((name) =>
          pool.flatten(first!.meta, NEEDS, pathsIn(directory, name), { signal: controller.signal }),
        ),
      );
      for (const result of results)
        expect(result).toMatchObject({ status: 'rejected', reason: { message: 'enough' } });
    });
  });

  it.each([
    ['as many as there may be', 2 ** 30, 8],
    ['one for each worker where there is room for no more', 1, 2],
  ])('fetches blocks ahead over a network: %s', async (_, bytesAhead, expected) => {
    const waiting: (() => void)[] = [];
    const asked = new Set<string>();
    let most = 0;
    const slow = remote({
      readRange: async (path, start, end) => {
        asked.add(path);
        most = Math.max(most, asked.size);
        // Nobody is answered before as many blocks have asked at once as should.
        if (most < expected) await new Promise<void>((resolve) => void waiting.push(resolve));
        for (const go of waiting.splice(0)) go();
        return await storage.readRange(path.replace(/#\d+$/, ''), start, end);
      },
    });
    const pool = new FlattenPool({ storage: slow, workers: 2, bytesAhead });
    pools.push(pool);
    await withDirectory(async (directory) => {
      await Promise.all(
        Array.from({ length: 8 }, async (_, n) => {
          const meta = { ...first!.meta, dataPath: `${first!.meta.dataPath}#${n}` };
          await pool.flatten(meta, NEEDS, pathsIn(directory, `${n}-`));
          asked.delete(meta.dataPath);
        }),
      );
    });
    expect(most).toBe(expected);
  });

  it('gives up what it asks for when nobody waits any more', async () => {
    const controller = new AbortController();
    let given: AbortSignal | undefined;
    const stalled = remote({
      readRange: async (_path, _start, _end, signal) => {
        given = signal;
        controller.abort(new Error('enough'));
        return await new Promise<Uint8Array>((_, reject) => {
          signal?.addEventListener('abort', () => reject(new Error('aborted')));
          if (signal?.aborted) reject(new Error('aborted'));
        });
      },
    });
    await withDirectory(async (directory) => {
      const flat = poolOf(stalled, 1).flatten(first!.meta, NEEDS, pathsIn(directory), {
        signal: controller.signal,
      });
      await expect(flat).rejects.toThrow('enough');
      expect(given?.aborted).toBe(true);
    });
  });

  it('outlives a worker that dies', async () => {
    const pool = poolOf(
      remote({ readRange: () => Promise.resolve('not bytes' as unknown as Uint8Array) }),
      1,
    );
    const whole = poolOf(storage, 1);
    await withDirectory(async (directory) => {
      await expect(pool.flatten(first!.meta, NEEDS, pathsIn(directory))).rejects.toThrow();
      const closing = whole.flatten(first!.meta, NEEDS, pathsIn(directory, 'x'));
      await Promise.all([expect(closing).rejects.toThrow('closed'), whole.close()]);
      await expect(whole.flatten(first!.meta, NEEDS, pathsIn(directory))).rejects.toThrow('closed');
    });
  });
});
