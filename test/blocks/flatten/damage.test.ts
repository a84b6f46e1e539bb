import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BlockReadError } from '../../../engine/blocks/flatten/error.js';
import { flattenBlock } from '../../../engine/blocks/flatten/flatten.js';
import { runs } from '../../support/runs.js';
import { allNeeds, pathsIn, withDirectory } from './compare.js';
import { storedBlocks } from './fixtures.js';
import { madeAttributes, madeMeta, madeRows, memoryStorage, randomOf, schemaOf } from './made-blocks.js';
import { type WriteOptions, writeNested } from './nested-writer.js';

/** Reads damaged bytes: a result or a `BlockReadError`, soon, and nothing else. */
async function survives(
  bytes: Uint8Array,
  format: 'vParquet3' | 'vParquet4' | 'vParquet5',
  directory: string,
): Promise<boolean> {
  const meta = madeMeta(format, bytes.length, 1);
  const before = performance.now();
  try {
    await flattenBlock(memoryStorage(bytes), meta, allNeeds(madeAttributes()), pathsIn(directory));
    return true;
  } catch (error) {
    if (!(error instanceof BlockReadError)) throw error;
    expect(['BT4010', 'BT4011']).toContain(error.code);
    return false;
  } finally {
    expect(performance.now() - before).toBeLessThan(60_000);
  }
}

const SHAPES: readonly (readonly ['vParquet3' | 'vParquet4' | 'vParquet5', WriteOptions])[] = [
  ['vParquet5', { codec: 'snappy', texts: 'dictionary', numbers: 'delta' }],
  ['vParquet4', { texts: 'delta', numbers: 'delta', rowsPerPage: 5 }],
  ['vParquet3', { codec: 'gzip', texts: 'delta-length', pageVersion: 1 }],
];

const ROUNDS = runs(100);

describe('damaged blocks', () => {
  for (const [format, shape] of SHAPES) {
    it(`survives changed bytes in ${format}`, async () => {
      const rows = madeRows(format, 80, 5);
      const whole = writeNested(schemaOf(format), rows, shape);
      const random = randomOf(99);
      await withDirectory(async (directory) => {
        expect(await survives(whole, format, directory)).toBe(true);
        let refused = 0;
        let read = 0;
        for (let round = 0; round < ROUNDS; round++) {
          const bytes = new Uint8Array(whole);
          const spots = 1 + random(2);
          for (let i = 0; i < spots; i++) {
            // Half of them in the footer, where lengths and offsets are.
            const offset = random(2)
              ? random(bytes.length)
              : bytes.length - 1 - random(Math.min(bytes.length, 6000));
            bytes[offset] = random(3) === 0 ? 255 : random(256);
          }
          if (await survives(bytes, format, directory)) read++;
          else refused++;
        }
        expect(refused).toBeGreaterThan(ROUNDS / 13);
        expect(read).toBeGreaterThan(ROUNDS / 13);
      });
    });

    it(`refuses ${format} that is cut off anywhere`, async () => {
      const whole = writeNested(schemaOf(format), madeRows(format, 6, 6), shape);
      await withDirectory(async (directory) => {
        for (let length = 0; length < whole.length; length += 1 + Math.floor(whole.length / 40)) {
          expect(await survives(whole.slice(0, length), format, directory)).toBe(false);
        }
      });
    });
  }

  it('refuses what is parquet but not a block', async () => {
    const bytes = writeNested([{ name: 'x', repetition: 'required', type: 'int64' }], [{ x: 1n }]);
    await withDirectory(async (directory) => {
      const failure = flattenBlock(
        memoryStorage(bytes),
        madeMeta('vParquet5', bytes.length, 1),
        allNeeds([]),
        pathsIn(directory),
      );
      await expect(failure).rejects.toMatchObject({ code: 'BT4011', what: 'has no column TraceID' });
    });
  });

  it('hardly ever takes a changed byte of a page for what was written', async () => {
    const [block] = storedBlocks('shop-v5').filter(({ meta }) => meta.totalObjects < 1000);
    const { storage, meta } = block!;
    const whole = await storage.read(meta.dataPath);
    const random = randomOf(7);
    const needs = allNeeds([
      { scope: 'resource', key: 'service.name' },
      { scope: 'span', key: 'tenant.id' },
    ]);
    await withDirectory(async (directory) => {
      const paths = pathsIn(directory);
      /** The flat files, or that the block was refused. */
      const flatten = async (bytes: Uint8Array): Promise<string> => {
        try {
          await flattenBlock(memoryStorage(bytes), meta, needs, paths);
          return Object.values(paths)
            .map((path) => readFileSync(path, 'latin1'))
            .join('');
        } catch (error) {
          if (error instanceof BlockReadError && error.code === 'BT4010') return 'refused';
          throw error;
        }
      };
      const right = await flatten(whole);
      const looks = 200;
      let [refused, unnoticed] = [0, 0];
      for (let look = 0; look < looks; look++) {
        const bytes = new Uint8Array(whole);
        // What follows the pages (page index, footer) has no checksum.
        const offset = random(meta.size - meta.footerSize - 8000);
        bytes[offset] = bytes[offset]! ^ (1 + random(255));
        const found = await flatten(bytes);
        if (found === 'refused') refused++;
        else if (found !== right) unnoticed++;
      }
      expect(refused).toBeGreaterThan(looks / 4);
      // The bodies of pages have checksums, their headers have not.
      expect(unnoticed).toBeLessThanOrEqual(looks / 50);
    });
  });

  it('names a block whose file is gone, or shorter than its meta.json says', async () => {
    const [block] = storedBlocks('shop-v5');
    await withDirectory(async (directory) => {
      const paths = pathsIn(directory);
      const gone = { ...block!.meta, dataPath: 'single-tenant/none/data.parquet' };
      await expect(flattenBlock(block!.storage, gone, allNeeds([]), paths)).rejects.toMatchObject({
        code: 'BT4003',
      });
      const short = { ...block!.meta, size: block!.meta.size + 100 };
      await expect(flattenBlock(block!.storage, short, allNeeds([]), paths)).rejects.toMatchObject({
        code: 'BT4010',
        blockId: block!.meta.blockId,
      });
    });
  });
});
