import { describe, expect, it } from 'vitest';
import { BLOCK_FORMATS } from '../../../engine/blocks/block-formats.js';
import { runs } from '../../support/runs.js';
import { allNeeds, compare, inParts } from './compare.js';
import { madeAttributes, madeMeta, madeRows, memoryStorage, randomOf, schemaOf } from './made-blocks.js';
import { type WriteOptions, writeNested } from './nested-writer.js';

/** Several row groups of every shape that has them. */
const TRACES = 48;

const SHAPES: readonly WriteOptions[] = [
  {},
  { codec: 'snappy', texts: 'dictionary', numbers: 'delta', rowsPerPage: 7 },
  { codec: 'snappy', texts: 'dictionary-then-plain', rowsPerPage: 11, rowsPerGroup: 19 },
  { codec: 'gzip', texts: 'delta-length', numbers: 'delta', rowsPerPage: 5, rowsPerGroup: 13 },
  { codec: 'zstd', texts: 'delta', numbers: 'delta', rowsPerGroup: 30 },
  { pageVersion: 1, codec: 'snappy', texts: 'dictionary', rowsPerPage: 9, rowsPerGroup: 25 },
  { pageVersion: 1, texts: 'delta-length', rowsPerPage: 3 },
];

/** Keys that stand several times in one place. */
function isFurther(column: string): boolean {
  return column.endsWith('_further');
}

describe('made blocks', () => {
  for (const [n, format] of BLOCK_FORMATS.entries()) {
    // How pages are written has nothing to do with the format: each shape in one of them, unless more is asked for, and all formats as they come.
    const shapes = [...SHAPES.entries()].filter(
      ([seed]) => runs(1) > 1 || seed === 0 || seed % BLOCK_FORMATS.length === n,
    );
    shapes.forEach(([seed, shape]) => {
      it(`gives the rows of the nested path for ${format} written as ${JSON.stringify(shape)}`, async () => {
        const rows = madeRows(format, TRACES, seed + 1);
        const bytes = writeNested(schemaOf(format), rows, shape);
        const needs = allNeeds(madeAttributes());
        const result = await compare(memoryStorage(bytes), madeMeta(format, bytes.length, TRACES), needs);
        expect(result.differences).toEqual([]);
        expect(result.rows.traces).toBe(TRACES);
        expect(result.rows.events).toBeGreaterThan(20);
        expect(result.rows.links).toBeGreaterThan(20);
        for (const kind of ['spans', 'events', 'links'] as const)
          expect(result.columns[kind].filter(isFurther), kind).not.toEqual([]);
      });
    });

    shapes.slice(1, 2).forEach(([seed, shape]) => {
      it(`adds columns to the files of ${format} written as ${JSON.stringify(shape)}, which keep theirs`, async () => {
        const bytes = writeNested(schemaOf(format), madeRows(format, TRACES, seed + 1), shape);
        const needs = allNeeds(madeAttributes());
        const parts = inParts(needs, randomOf(seed + 7));
        const meta = madeMeta(format, bytes.length, TRACES);
        const { differences } = await compare(memoryStorage(bytes), meta, needs, parts);
        expect(differences).toEqual([]);
      });
    });

    it(`reads a block of ${format} without a single span, and one without a trace`, async () => {
      for (const rows of [madeRows(format, 5, 1).map((row) => ({ ...row, rs: [] })), []]) {
        const bytes = writeNested(schemaOf(format), rows);
        const needs = allNeeds(madeAttributes());
        const result = await compare(
          memoryStorage(bytes),
          madeMeta(format, bytes.length, rows.length),
          needs,
        );
        expect(result.differences).toEqual([]);
        expect(result.rows.traces).toBe(rows.length);
      }
    });
  }
});
