import { mkdir, readdir, readFile, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { type BuildFlatBlock, type FlatCache, openFlatCache } from '../../../engine/blocks/cache/cache.js';
import { defaultCacheDirectory } from '../../../engine/blocks/cache/cache-directory.js';
import type { ColumnNeeds, SpanColumn } from '../../../engine/plan/schema.js';
import { blockId, blockMeta, directoryOf, needs, writeFlat } from './support.js';

const flat: BuildFlatBlock = (paths) => writeFlat(paths, 'spans');
const never: BuildFlatBlock = () => Promise.reject(new Error('built, but should have been cached'));

async function newCache(maxBytes?: number): Promise<FlatCache> {
  return openFlatCache({ directory: await directoryOf({}), ...(maxBytes !== undefined && { maxBytes }) });
}

async function use(cache: FlatCache, number: number, build: BuildFlatBlock): Promise<void> {
  (await cache.acquire(blockMeta({ blockId: blockId(number) }), needs({}), build)).release();
}

async function isCached(cache: FlatCache, number: number): Promise<boolean> {
  return await use(cache, number, never).then(
    () => true,
    () => false,
  );
}

test('what was built is found again, by another cache too, and costs no reading', async () => {
  const cache = await newCache();
  const first = await cache.acquire(blockMeta({}), needs({}), flat);
  expect(first.block).toMatchObject({ traceCount: 3, spanCount: 7, bytesRead: 99 });
  expect(await readFile(first.block.spans, 'utf8')).toBe('spans');
  const second = await openFlatCache({ directory: cache.directory }).acquire(blockMeta({}), needs({}), never);
  expect(second.block).toEqual({ ...first.block, bytesRead: 0 });
  expect(second.block.events).toBeUndefined();
});

test('an entry with more columns serves, one with fewer does not', async () => {
  const cache = await newCache();
  const more = needs({ spans: ['kind', 'name'], events: { columns: [], attributes: [] } });
  const withEvents: BuildFlatBlock = async (paths) => {
    await writeFile(paths.events, 'events');
    return { ...(await writeFlat(paths, 'more')), events: paths.events };
  };
  await cache.acquire(blockMeta({}), more, withEvents);
  const { block } = await cache.acquire(blockMeta({}), needs({ spans: ['kind'] }), never);
  expect(await readFile(block.spans, 'utf8')).toBe('more');
  expect(await readFile(block.events ?? '', 'utf8')).toBe('events');
  await expect(cache.acquire(blockMeta({}), needs({ spans: ['status'] }), never)).rejects.toThrow(
    'should have been',
  );
  await expect(cache.acquire(blockMeta({ size: 1 }), more, never)).rejects.toThrow('should have been');
});

test('the same wish at the same time is built once', async () => {
  const cache = await newCache();
  let built = 0;
  const counting: BuildFlatBlock = (...job) => {
    built++;
    return flat(...job);
  };
  const leases = await Promise.all([1, 2, 3].map(() => cache.acquire(blockMeta({}), needs({}), counting)));
  expect(built).toBe(1);
  expect(new Set(leases.map(({ block }) => block.spans)).size).toBe(1);
});

test('columns that are asked for later are added to those that are there, which are made once', async () => {
  const cache = await newCache();
  const jobs: (readonly [ColumnNeeds, ColumnNeeds | undefined])[] = [];
  const noting: BuildFlatBlock = async (paths, asked, base) => {
    jobs.push([asked, base?.needs]);
    return await writeFlat(paths, asked.spans.join());
  };
  const wish = (...spans: SpanColumn[]) => needs({ spans });
  const first = await cache.acquire(blockMeta({}), wish('name'), noting);
  const second = await cache.acquire(blockMeta({}), wish('kind'), noting);
  expect(jobs).toEqual([
    [wish('name'), undefined],
    [wish('kind', 'name'), wish('name')],
  ]);
  // Readers of the former may finish; whoever comes is given the one with more.
  expect(await first.intact()).toBe(true);
  const again = await cache.acquire(blockMeta({}), wish('name'), never);
  expect(again.block.spans).toBe(second.block.spans);
});

test('wishes that come while a block is read are met together, by one reading after it', async () => {
  const cache = await newCache();
  const asked: string[] = [];
  const slow: BuildFlatBlock = async (paths, { spans }) => {
    asked.push(spans.join());
    await new Promise((resolve) => setTimeout(resolve, 20));
    return await writeFlat(paths, spans.join());
  };
  const columns: readonly SpanColumn[] = ['name', 'kind', 'status', 'start_ns'];
  const leases = await Promise.all(
    columns.map((column) => cache.acquire(blockMeta({}), needs({ spans: [column] }), slow)),
  );
  expect(asked.length).toBe(2);
  for (const [n, { block }] of leases.entries())
    expect((await readFile(block.spans, 'utf8')).split(',')).toContain(columns[n]);
});

test('one whose wish fails costs nobody else who waited for it', async () => {
  const cache = await newCache();
  const failing: BuildFlatBlock = async () => {
    await new Promise((resolve) => setTimeout(resolve, 10));
    throw new Error('aborted');
  };
  const ends = await Promise.allSettled([
    cache.acquire(blockMeta({}), needs({ spans: ['kind'] }), failing),
    cache.acquire(blockMeta({}), needs({ spans: ['status'] }), flat),
  ]);
  expect(ends.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
});

test('what has nothing that another entry lacks is removed when it was not used for a while', async () => {
  const cache = await newCache();
  const first = await cache.acquire(blockMeta({}), needs({ spans: ['name'] }), flat);
  first.release();
  const then = new Date(Date.now() - 3_600_000);
  await utimes(join(dirname(first.block.spans), 'manifest.json'), then, then);
  await cache.acquire(blockMeta({}), needs({ spans: ['kind'] }), flat);
  expect(await first.intact()).toBe(false);
});

test('a failed build reaches the caller and leaves nothing', async () => {
  const cache = await newCache();
  const failing: BuildFlatBlock = async (paths) => {
    await writeFile(paths.spans, 'half');
    throw new Error('block is corrupt');
  };
  await expect(cache.acquire(blockMeta({}), needs({}), failing)).rejects.toThrow('block is corrupt');
  expect(await readdir(join(cache.directory, 'tmp'))).toEqual([]);
  await cache.acquire(blockMeta({}), needs({}), flat);
});

test.each<[string, (spans: string) => Promise<void>]>([
  ['a file cut short', (spans) => truncate(spans, 2)],
  ['a file removed', (spans) => rm(spans)],
  ['a manifest that is not JSON', (spans) => writeFile(join(dirname(spans), 'manifest.json'), '{')],
  [
    'a manifest of another shape',
    (spans) => writeFile(join(dirname(spans), 'manifest.json'), '{"version":1}'),
  ],
  ['no manifest', (spans) => rm(join(dirname(spans), 'manifest.json'))],
])('%s is built anew', async (_, damage) => {
  const cache = await newCache();
  const broken = await cache.acquire(blockMeta({}), needs({}), flat);
  broken.release();
  await damage(broken.block.spans);
  const mended = await cache.acquire(blockMeta({}), needs({}), (paths) => writeFlat(paths, 'mended'));
  expect(await readFile(mended.block.spans, 'utf8')).toBe('mended');
  await use(cache, 1, never);
});

test('an entry whose content proves broken can be discarded', async () => {
  const cache = await newCache();
  await use(cache, 1, flat);
  await (await cache.acquire(blockMeta({}), needs({ spans: ['kind'] }), flat)).discard();
  // What it took over from another entry may be what is broken.
  expect(await isCached(cache, 1)).toBe(false);
});

test('files that vanish under a reader are built again and read again, but its other errors are its own', async () => {
  const cache = await newCache();
  let attempts = 0;
  const read = cache.withFlatBlock(blockMeta({}), needs({}), flat, async ({ spans }) => {
    if (++attempts === 1) await rm(dirname(spans), { recursive: true });
    return await readFile(spans, 'utf8');
  });
  expect([await read, attempts]).toEqual(['spans', 2]);
  const failing = cache.withFlatBlock(blockMeta({}), needs({}), never, () => {
    attempts++;
    return Promise.reject(new Error('no such column'));
  });
  await expect(failing).rejects.toThrow('no such column');
  expect(attempts).toBe(3);
});

test('the least recently used entries go when the bound is reached', async () => {
  // Each entry is about 700 bytes with its manifest.
  const cache = await newCache(2500);
  const large: BuildFlatBlock = (paths) => writeFlat(paths, 'x'.repeat(500));
  for (const number of [1, 2, 3]) {
    await use(cache, number, large);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await use(cache, 1, never); // used again: 2 is now the oldest
  await use(cache, 4, large);
  await use(cache, 5, large);
  const cached = await Promise.all([1, 2, 3, 4, 5].map((number) => isCached(cache, number)));
  expect(cached).toEqual([true, false, false, true, true]);
});

test('a leased entry stays whatever the bound, and goes when it is released', async () => {
  const cache = await newCache(1);
  const lease = await cache.acquire(blockMeta({ blockId: blockId(1) }), needs({}), flat);
  await use(cache, 2, flat);
  expect(await lease.intact()).toBe(true);
  lease.release();
  lease.release();
  await use(cache, 3, flat);
  expect(await lease.intact()).toBe(false);
});

test('entries of other versions are not read and count against the bound', async () => {
  const cache = await newCache(2000);
  await use(cache, 1, flat);
  const old = join(cache.directory, 'f0', 'block', 'needs');
  await mkdir(old, { recursive: true });
  await writeFile(join(old, 'spans.parquet'), 'x'.repeat(3000));
  await use(cache, 2, (paths) => writeFlat(paths, 'x'.repeat(200)));
  expect(await readdir(join(cache.directory, 'f0'))).toEqual([]);
  expect(await isCached(cache, 1)).toBe(true);
});

test('temporaries of killed processes are swept after an hour, those of running ones are not', async () => {
  const cache = await newCache();
  const temporaries = join(cache.directory, 'tmp');
  for (const [name, minutes] of [
    ['dead', 90],
    ['alive', 90],
    ['young', 10],
  ] as const) {
    await mkdir(join(temporaries, name), { recursive: true });
    await writeFile(join(temporaries, name, 'spans.parquet'), 'half');
    const then = new Date(Date.now() - minutes * 60_000);
    if (name !== 'alive') await utimes(join(temporaries, name, 'spans.parquet'), then, then);
    await utimes(join(temporaries, name), then, then);
  }
  await use(cache, 1, flat);
  expect(await readdir(temporaries)).toEqual(['alive', 'young']);
});

test('a process that must exit at once removes what it was writing', async () => {
  const cache = await newCache();
  let finish: (error: Error) => void = () => undefined;
  const started = new Promise<void>((resolve) => {
    const hanging: BuildFlatBlock = (paths) =>
      new Promise((_, reject) => {
        finish = reject;
        writeFile(paths.spans, 'half').then(resolve, reject);
      });
    cache.acquire(blockMeta({}), needs({}), hanging).catch(() => undefined);
  });
  await started;
  cache.removeOwnTemporariesNow();
  expect(await readdir(join(cache.directory, 'tmp'))).toEqual([]);
  finish(new Error('stopped'));
});

test('an entry that cannot be kept is an error, not an endless loop', async () => {
  const cache = await newCache();
  const entry = await cache.acquire(blockMeta({}), needs({}), flat);
  const parent = dirname(dirname(entry.block.spans));
  await rm(parent, { recursive: true });
  await writeFile(parent, 'a file in its place');
  await expect(cache.acquire(blockMeta({}), needs({}), flat)).rejects.toThrow();
});

test('the default directory follows BETRACE_CACHE, then XDG', () => {
  expect(defaultCacheDirectory({ BETRACE_CACHE: '/a', XDG_CACHE_HOME: '/b' })).toBe('/a');
  expect(defaultCacheDirectory({ XDG_CACHE_HOME: '/b' })).toBe(join('/b', 'betrace'));
  expect(defaultCacheDirectory({ XDG_CACHE_HOME: 'relative' })).toBe(join(homedir(), '.cache', 'betrace'));
  expect(defaultCacheDirectory({})).toBe(join(homedir(), '.cache', 'betrace'));
});
