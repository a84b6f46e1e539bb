import { describe, expect, it } from 'vitest';
import { BLOCK_FORMATS } from '../../../engine/blocks/block-formats.js';
import { partsOf } from '../../../engine/blocks/flatten/nested/nested-parts.js';
import type { ColumnChunk, Footer } from '../../../engine/blocks/flatten/parquet/footer.js';
import { footerOf } from '../../support/checksums.js';
import { allNeeds, compare } from './compare.js';
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

  for (const format of BLOCK_FORMATS)
    it(`are read as the whole is, of ${format}`, async () => {
      const traces = 48;
      const bytes = writeNested(schemaOf(format), madeRows(format, traces, 3), { rowsPerGroup: 24 });
      const [first] = footerOf(Buffer.from(bytes)).rowGroups;
      const entries = Math.max(...first!.chunks.map((chunk) => chunk.entries));
      const needs = allNeeds(madeAttributes());
      const meta = madeMeta(format, bytes.length, traces);
      const { differences, rows } = await compare(memoryStorage(bytes), meta, needs, [needs], entries);
      expect(differences).toEqual([]);
      expect(rows.traces).toBe(traces);
    });
});
