import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { BLOCK_FORMATS } from '../../../engine/blocks/block-formats.js';
import { flattenNested } from '../../../engine/blocks/flatten/nested/nested.js';
import {
  forEachPart,
  nestedBudget,
  type Part,
  partsOf,
} from '../../../engine/blocks/flatten/nested/nested-parts.js';
import type { ColumnChunk, Footer } from '../../../engine/blocks/flatten/parquet/footer.js';
import { footerOf } from '../../support/checksums.js';
import { allNeeds, compare, pathsIn, withDirectory } from './compare.js';
import { madeAttributes, madeMeta, madeRows, memoryStorage, schemaOf } from './made-blocks.js';
import { writeNested } from './nested-writer.js';

/** A footer as far as parts are made of it: rows and entries of the longest column, by row group. */
function madeFooter(groups: readonly (readonly [rows: number, entries: number])[]): Footer {
  return {
    rows: groups.reduce((sum, [rows]) => sum + rows, 0),
    leaves: new Map(),
    rowGroups: groups.map(([rows, entries]) => ({
      rows,
      chunks: [rows, entries].map((count) => ({ entries: count }) as ColumnChunk),
    })),
  };
}

describe('parts of a block', () => {
  it('take small row groups together, and cut large ones', () => {
    expect(
      partsOf(
        madeFooter([
          [10, 40],
          [10, 40],
          [10, 40],
          [7, 250],
          [5, 20],
        ]),
        100,
      ),
    ).toEqual([
      { from: 0, to: 20 },
      { from: 20, to: 30 },
      { from: 30, to: 32 },
      { from: 32, to: 34 },
      { from: 34, to: 37 },
      { from: 37, to: 42 },
    ]);
  });

  it('have a trace at least, and are one where there is none', () => {
    expect(partsOf(madeFooter([[2, 1000]]), 10)).toEqual([
      { from: 0, to: 1 },
      { from: 1, to: 2 },
    ]);
    expect(partsOf(madeFooter([]), 10)).toEqual([{ from: 0, to: 0 }]);
  });

  it('are halved where memory is not enough, down to a trace', async () => {
    const read: (readonly [from: number, to: number, isAll: boolean])[] = [];
    const inMemoryFor =
      (traces: number) =>
      async ({ from, to }: Part, isAll: boolean) => {
        read.push([from, to, isAll]);
        if (to - from > traces) throw new Error('Out of Memory Error: failed to allocate');
      };
    await forEachPart([{ from: 0, to: 5 }], inMemoryFor(2));
    expect(read).toEqual([
      [0, 5, true],
      [0, 2, false],
      [2, 5, false],
      [2, 3, false],
      [3, 5, false],
    ]);
    await expect(forEachPart([{ from: 0, to: 2 }], inMemoryFor(0))).rejects.toThrow('Out of Memory');
    read.length = 0;
    const broken = async (part: Part, isAll: boolean): Promise<void> => {
      read.push([part.from, part.to, isAll]);
      throw new Error('Invalid Input Error: no parquet');
    };
    await expect(forEachPart([{ from: 0, to: 2 }], broken)).rejects.toThrow('no parquet');
    expect(read).toHaveLength(1);
  });

  it('are the smaller, the less memory there is', () => {
    const megabytes = (count: number) => nestedBudget(count * 2 ** 20);
    expect(megabytes(200).memory).toBe(200 * 2 ** 20);
    expect(megabytes(200).entries).toBeLessThan(megabytes(250).entries);
    expect(megabytes(2000).entries).toBe(megabytes(1000).entries);
    // Hardly any block can be read with less.
    expect(megabytes(1)).toEqual(megabytes(128));
    expect(megabytes(128).entries).toBeGreaterThan(10_000);
  });

  it('of a block that memory is not enough for name the block, and leave no files', async () => {
    const bytes = writeNested(schemaOf('vParquet5'), madeRows('vParquet5', 4, 3), {});
    const meta = madeMeta('vParquet5', bytes.length, 4);
    await withDirectory(async (directory) => {
      const budget = { memory: 2 ** 20, entries: 1000 };
      const paths = pathsIn(directory);
      const needs = allNeeds(madeAttributes());
      const reading = flattenNested(memoryStorage(bytes), meta, needs, paths, {}, budget);
      await expect(reading).rejects.toMatchObject({ code: 'BT4012', blockId: meta.blockId });
      expect(
        readdirSync(directory).filter((name) => name.includes('part') || name.includes('nested')),
      ).toEqual([]);
      // The next block of the thread is read.
      expect(await flattenNested(memoryStorage(bytes), meta, needs, paths)).toMatchObject({ traceCount: 4 });
    });
  });

  for (const format of BLOCK_FORMATS)
    it(`are read as the whole is, of ${format}`, async () => {
      const traces = 48;
      const bytes = writeNested(schemaOf(format), madeRows(format, traces, 3), { rowsPerGroup: 24 });
      const [first] = footerOf(Buffer.from(bytes)).rowGroups;
      const entries = Math.max(...first!.chunks.map((chunk) => chunk.entries));
      const needs = allNeeds(madeAttributes());
      const meta = madeMeta(format, bytes.length, traces);
      const { differences, rows } = await compare(memoryStorage(bytes), meta, needs, [needs], {
        memory: 2 ** 28,
        entries,
      });
      expect(differences).toEqual([]);
      expect(rows.traces).toBe(traces);
    });
});
