/** What every storage does, whatever it is filled by. */
import { describe, expect, test } from 'vitest';
import type { Storage } from '../../../engine/blocks/storage.js';

/** The objects that a storage under test holds, by their paths. */
export const OBJECTS: ReadonlyMap<string, string> = new Map([
  ['hello', 'hello'],
  ['tenant/index.json.gz', 'not really'],
  ['tenant/11111111-0000-4000-8000-000000000000/meta.json', '{}'],
  ['tenant/11111111-0000-4000-8000-000000000000/data.parquet', '0123456789'],
  ['tenant/f1111111-0000-4000-8000-000000000000/meta.compacted.json', '{}'],
  ["odd !-_.*'()+&=@ tenant/22222222-0000-4000-8000-000000000000/meta.json", '{}'],
  ['tenänt/22222222-0000-4000-8000-000000000000/meta.json', '{}'],
  ...Array.from({ length: 1200 }, (_, n): readonly [string, string] => [
    `many/${n.toString(16).padStart(8, '0')}-0000-4000-8000-000000000000/a`,
    'a',
  ]),
]);

const BLOCK = 'tenant/11111111-0000-4000-8000-000000000000';

/** `writesAtOnce`: whether it heeds conditions of writes that come at the same time. */
export function storageContract(open: () => Storage | Promise<Storage>, writesAtOnce = true): void {
  test('lists names, not paths, sorted; what is not there as empty', async () => {
    const storage = await open();
    expect(await storage.list('')).toEqual({
      directories: ['many', "odd !-_.*'()+&=@ tenant", 'tenant', 'tenänt'],
      files: ['hello'],
    });
    expect(await storage.list('tenant')).toEqual({
      directories: ['11111111-0000-4000-8000-000000000000', 'f1111111-0000-4000-8000-000000000000'],
      files: ['index.json.gz'],
    });
    expect(await storage.list('tenan')).toEqual({ directories: [], files: [] });
    expect(await storage.list('none/at/all')).toEqual({ directories: [], files: [] });
  });

  test('lists more than a page has, and fewer where fewer are enough', async () => {
    const storage = await open();
    expect((await storage.list('many')).directories).toHaveLength(1200);
    expect((await storage.list('many', { atMost: 5 })).directories.length).toBeGreaterThanOrEqual(5);
  });

  test('tells all objects of blocks, where it can', async () => {
    const storage = await open();
    if (storage.walk === undefined) return;
    const walked: string[] = [];
    await storage.walk('many', (path) => walked.push(path));
    expect(new Set(walked).size).toBe(walked.length);
    expect(walked).toHaveLength(1200);
    const found: string[] = [];
    await storage.walk('tenant', (path) => found.push(path));
    expect(found).toContain('11111111-0000-4000-8000-000000000000/meta.json');
    expect(found).toContain('f1111111-0000-4000-8000-000000000000/meta.compacted.json');
    expect(found.filter((path) => path.startsWith('22'))).toEqual([]);
  });

  test('reads objects and parts of them', async () => {
    const storage = await open();
    const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
    expect(text(await storage.read('hello'))).toBe('hello');
    expect(text(await storage.readRange(`${BLOCK}/data.parquet`, 0, 10))).toBe('0123456789');
    expect(text(await storage.readRange(`${BLOCK}/data.parquet`, 3, 7))).toBe('3456');
    expect(text(await storage.readRange(`${BLOCK}/data.parquet`, 4, 4))).toBe('');
    expect(await storage.size(`${BLOCK}/data.parquet`)).toBe(10);
    for (const path of OBJECTS.keys())
      if (/odd|ä/.test(path)) expect(text(await storage.read(path))).toBe('{}');
  });

  test('says what is not there, too long or too short', async () => {
    const storage = await open();
    await expect(storage.read(`${BLOCK}/none`)).rejects.toMatchObject({
      kind: 'not-found',
      path: `${BLOCK}/none`,
    });
    await expect(storage.readRange('none', 0, 4)).rejects.toMatchObject({ kind: 'not-found' });
    await expect(storage.size('none')).rejects.toMatchObject({ kind: 'not-found' });
    await expect(storage.read('hello', 4)).rejects.toMatchObject({ kind: 'range' });
    await expect(storage.readRange('hello', 2, 9)).rejects.toMatchObject({ kind: 'range' });
    await expect(storage.readRange('hello', 20, 30)).rejects.toMatchObject({ kind: 'range' });
  });

  test.each(['..', 'tenant/../hello', './hello', 'a//b'])('refuses the path "%s"', async (path) => {
    const storage = await open();
    await expect(storage.read(path)).rejects.toMatchObject({ kind: 'outside' });
  });

  test('reads again only what changed, where it can tell', async () => {
    const storage = await open();
    if (storage.readIfChanged === undefined) return;
    const first = await storage.readIfChanged('hello', {});
    expect(first).toMatchObject({ tag: expect.stringMatching(/./) });
    const tag = first === 'unchanged' ? undefined : first.tag;
    expect(await storage.readIfChanged('hello', { tag })).toBe('unchanged');
    expect(await storage.readIfChanged('hello', { tag: '"another"' })).toMatchObject({ tag });
    await expect(storage.readIfChanged('none', { tag })).rejects.toMatchObject({ kind: 'not-found' });
  });

  describe('objects that several write', () => {
    const bytes = (text: string): Uint8Array => Buffer.from(text);
    const reading = async ({ versions }: Storage, path: string): Promise<readonly [string, string]> => {
      const found = await versions!.read(path, 1000);
      return [Buffer.from(found!.bytes).toString(), found!.version];
    };

    test('are written where there is none, and over the version that was read', async () => {
      const storage = await open();
      const { versions } = storage;
      expect(await versions!.read('owners/a b.json', 1000)).toBeUndefined();
      const first = await versions!.write('owners/a b.json', bytes('1'), undefined);
      expect(await versions!.write('owners/a b.json', bytes('2'), undefined)).toBe('changed');
      const [text, version] = await reading(storage, 'owners/a b.json');
      expect([text, { version }]).toEqual(['1', first]);
      const second = await versions!.write('owners/a b.json', bytes('2'), version);
      expect(second).toMatchObject({ version: expect.stringMatching(/./) });
      expect(await versions!.write('owners/a b.json', bytes('3'), version)).toBe('changed');
      expect(await reading(storage, 'owners/a b.json')).toEqual([
        '2',
        (second as { readonly version: string }).version,
      ]);
      await expect(versions!.read('owners/a b.json', 0)).rejects.toMatchObject({ kind: 'range' });
    });

    test.runIf(writesAtOnce)('are written by one of many at a time', async () => {
      const storage = await open();
      const { versions } = storage;
      const path = 'owners/many.json';
      let version: string | undefined;
      for (let round = 0; round < 3; round++) {
        const writers = Array.from({ length: 8 }, (_, n) => `${round} ${n}`);
        const results = await Promise.all(
          writers.map(async (text) => await versions!.write(path, bytes(text), version)),
        );
        const winners = writers.filter((_, n) => results[n] !== 'changed');
        expect(winners).toHaveLength(1);
        const [text, next] = await reading(storage, path);
        expect(text).toBe(winners[0]);
        version = next;
      }
    });
  });

  test('gives up at once where nobody waits any more', async () => {
    const storage = await open();
    if (storage.traffic === undefined) return;
    await expect(storage.read('hello', 100, AbortSignal.abort(new Error('enough')))).rejects.toThrow(
      'enough',
    );
  });
}
