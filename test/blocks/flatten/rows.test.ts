/** Some traces of a block, of which the pages of the others are not read. */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BLOCK_FORMATS, type BlockFormat } from '../../../engine/blocks/block-formats.js';
import { flattenBlock, flattenRows } from '../../../engine/blocks/flatten/flatten.js';
import type { Storage } from '../../../engine/blocks/storage.js';
import { runs } from '../../support/runs.js';
import { allNeeds, type FileKind, pathsIn, rows, withDatabase, withDirectory } from './compare.js';
import { madeAttributes, madeMeta, madeRows, memoryStorage, schemaOf } from './made-blocks.js';
import { type WriteOptions, writeNested } from './nested-writer.js';

const TRACES = 48;

const SHAPES: readonly WriteOptions[] = [
  { indexed: true, codec: 'snappy', texts: 'dictionary', numbers: 'delta', rowsPerPage: 3 },
  { indexed: true, texts: 'dictionary-then-plain', rowsPerPage: 2, rowsPerGroup: 19 },
  { indexed: true, pageVersion: 1, codec: 'gzip', texts: 'delta-length', rowsPerPage: 5, rowsPerGroup: 8 },
  { codec: 'zstd', texts: 'delta', rowsPerGroup: 5 },
];

const KINDS: readonly FileKind[] = ['traces', 'spans', 'events', 'links'];

describe('some traces of a block', () => {
  for (const format of BLOCK_FORMATS)
    it(`have the rows that they have in all of ${format}`, async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...SHAPES),
          fc.nat(1000),
          fc.uniqueArray(fc.nat(TRACES - 1), { minLength: 1, maxLength: 4 }),
          async (shape, seed, picked) => {
            const wanted = picked.toSorted((a, b) => a - b);
            expect(await differences(format, shape, seed, wanted)).toEqual([]);
          },
        ),
        { numRuns: runs(4) },
      );
    });

  it('cost the pages that they lie in', async () => {
    const bytes = writeNested(schemaOf('vParquet5'), madeRows('vParquet5', 400, 1), {
      indexed: true,
      numbers: 'delta',
      rowsPerPage: 10,
      rowsPerGroup: 100,
    });
    let read = 0;
    const storage: Storage = {
      ...memoryStorage(bytes),
      readRange: async (path, start, end) => {
        read += end - start;
        return await memoryStorage(bytes).readRange(path, start, end);
      },
    };
    const meta = madeMeta('vParquet5', bytes.length, 400);
    await withDirectory(async (directory) => {
      const needs = allNeeds(madeAttributes());
      const some = await flattenRows(storage, meta, needs, pathsIn(directory), [250]);
      expect(some!.traceCount).toBe(400);
      expect(some!.bytesRead).toBe(read);
      expect(read).toBeLessThan(bytes.length / 3);
      const every = Array.from({ length: 40 }, (_, n) => 10 * n);
      expect(await flattenRows(storage, meta, needs, pathsIn(directory), every)).toBeUndefined();
    });
  });
});

/** Rows of the wanted traces in which the files of all traces and those of some differ. */
async function differences(
  format: BlockFormat,
  shape: WriteOptions,
  seed: number,
  wanted: readonly number[],
): Promise<readonly unknown[]> {
  const bytes = writeNested(schemaOf(format), madeRows(format, TRACES, seed), shape);
  const storage = memoryStorage(bytes);
  const meta = madeMeta(format, bytes.length, TRACES);
  const needs = allNeeds(madeAttributes());
  return await withDirectory(async (directory) => {
    const [all, some] = [pathsIn(directory, 'all-'), pathsIn(directory, 'some-')];
    await flattenBlock(storage, meta, needs, all);
    const most = Number.POSITIVE_INFINITY;
    expect(await flattenRows(storage, meta, needs, some, wanted, { most })).toMatchObject({
      traceCount: TRACES,
    });
    return await withDatabase(async (connection) => {
      const read = async (paths: Record<FileKind, string>): Promise<Record<string, unknown>> =>
        Object.fromEntries(
          await Promise.all(
            KINDS.map(async (kind) => {
              const found = await rows(connection, selectSql(paths, kind, wanted));
              return [kind, found.map(withoutNulls)] as const;
            }),
          ),
        );
      const [whole, part] = [await read(all), await read(some)];
      return KINDS.filter((kind) => !isDeepStrictEqual(whole[kind], part[kind])).map((kind) => [
        kind,
        whole[kind],
        part[kind],
      ]);
    });
  });
}

/** Events and links with the place of their span among the spans of the wanted traces. */
function selectSql(paths: Record<FileKind, string>, kind: FileKind, wanted: readonly number[]): string {
  const file = (read: FileKind): string => `read_parquet('${paths[read]}', file_row_number = true)`;
  const among = `IN (${wanted.join(', ')})`;
  if (kind === 'traces')
    return `SELECT * FROM ${file(kind)} WHERE file_row_number ${among} ORDER BY file_row_number`;
  const spans = `(SELECT *, row_number() OVER (ORDER BY file_row_number) AS place FROM ${file('spans')} WHERE trace ${among})`;
  if (kind === 'spans') return `SELECT * EXCLUDE (file_row_number) FROM ${spans} ORDER BY place`;
  return `SELECT s.place, i.* EXCLUDE (span, file_row_number) FROM ${file(kind)} i JOIN ${spans} s ON s.file_row_number = i.span
    ORDER BY i.file_row_number`;
}

/** A column that no row of a file has is not there. */
function withoutNulls(row: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));
}
