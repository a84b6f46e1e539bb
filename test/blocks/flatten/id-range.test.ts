/** A part of a block, by the ids of its traces: the rows that the nested path gives, every row of the block in one part, and few bytes for it. */
import { describe, expect, it } from 'vitest';
import { BLOCK_FORMATS } from '../../../engine/blocks/block-formats.js';
import type { IdRange } from '../../../engine/blocks/id-range.js';
import type { BlockMeta } from '../../../engine/blocks/meta.js';
import { readAttributeKeys } from '../../../engine/blocks/schema-keys.js';
import type { Storage } from '../../../engine/blocks/storage.js';
import type { ColumnNeeds } from '../../../engine/plan/schema.js';
import { runs } from '../../support/runs.js';
import { allNeeds, compare, type FileKind, inParts } from './compare.js';
import { storedBlocks } from './fixtures.js';
import { madeAttributes, madeMeta, madeRows, memoryStorage, randomOf, schemaOf } from './made-blocks.js';
import { type WriteOptions, writeNested } from './nested-writer.js';

function byId(a: Readonly<Record<string, unknown>>, b: Readonly<Record<string, unknown>>): number {
  return Buffer.compare(a.TraceID as Uint8Array, b.TraceID as Uint8Array);
}

/** Parts that together are all ids; some may hold none. */
function partition(random: (below: number) => number, count: number): readonly IdRange[] {
  const cuts = Array.from({ length: count - 1 }, () =>
    Array.from({ length: 32 }, () => random(16).toString(16)).join(''),
  ).sort();
  return Array.from({ length: count }, (_, n) => ({
    ...(n === 0 ? {} : { from: cuts[n - 1]! }),
    ...(n === count - 1 ? {} : { to: cuts[n]! }),
  }));
}

async function rowsOfParts(
  storage: Storage,
  meta: BlockMeta,
  needs: ColumnNeeds,
  parts: readonly IdRange[],
  steps?: readonly ColumnNeeds[],
): Promise<Readonly<Partial<Record<FileKind, number>>>> {
  const sums: Partial<Record<FileKind, number>> = {};
  for (const ids of parts) {
    const { differences, rows } = await compare(storage, { ...meta, ids }, needs, steps);
    expect(differences, JSON.stringify(ids)).toEqual([]);
    for (const kind of ['traces', 'spans', 'events', 'links'] as const)
      sums[kind] = (sums[kind] ?? 0) + rows[kind];
  }
  return sums;
}

const SHAPES: readonly WriteOptions[] = [
  { codec: 'snappy', texts: 'dictionary', numbers: 'delta', rowsPerPage: 7 },
  { codec: 'zstd', texts: 'delta', numbers: 'delta', rowsPerGroup: 30 },
  { pageVersion: 1, codec: 'snappy', texts: 'dictionary-then-plain', rowsPerPage: 9, rowsPerGroup: 25 },
  { texts: 'delta-length', rowsPerPage: 3 },
];

describe('a part of a block', () => {
  // The nested path takes most of the time, and it reads whole parts: a large block and the oldest format, unless more is asked for.
  const blocks = ['shop-v5', 'shop-v4', 'tempo-v3'].flatMap((bucket) => storedBlocks(bucket));
  const usual = [...storedBlocks('shop-v5').slice(1), ...storedBlocks('tempo-v3')];
  for (const [n, { name, storage, meta }] of (runs(1) > 1 ? blocks : usual).entries())
    it(`has the rows of its ids, of ${name}`, async () => {
      const keys = await readAttributeKeys(storage, meta);
      const needs = allNeeds(keys.filter((_, k) => runs(1) > 1 || k % 6 === 0));
      const random = randomOf(n + 1);
      const found = await rowsOfParts(storage, meta, needs, partition(random, 2));
      expect(found.traces).toBe(meta.totalObjects);
    });

  for (const [seed, shape] of SHAPES.entries())
    it(`has them however pages are written: ${JSON.stringify(shape)}`, async () => {
      const format = BLOCK_FORMATS[seed % BLOCK_FORMATS.length]!;
      const rows = madeRows(format, 48, seed + 1).toSorted(byId);
      const bytes = writeNested(schemaOf(format), rows, shape);
      const [storage, meta] = [memoryStorage(bytes), madeMeta(format, bytes.length, 48)] as const;
      const needs = allNeeds(madeAttributes());
      const random = randomOf(seed + 5);
      const steps = seed === 0 ? inParts(needs, random) : undefined;
      const found = await rowsOfParts(storage, meta, needs, partition(random, 2), steps);
      expect(found.traces).toBe(48);
    });

  it('is read the slow way where traces are not sorted by their ids', async () => {
    const format = BLOCK_FORMATS[0]!;
    const bytes = writeNested(schemaOf(format), madeRows(format, 20, 1));
    const meta = { ...madeMeta(format, bytes.length, 20), ids: { from: '8'.repeat(32) } };
    const needs = { spans: ['name'], spanAttributes: [] } as const;
    const { differences, rows } = await compare(memoryStorage(bytes), meta, needs);
    expect(differences).toEqual(['the fast path gave up: traces are not sorted by their ids']);
    expect(rows.traces).toBeGreaterThan(0);
    expect(rows.traces).toBeLessThan(20);
  });
});
