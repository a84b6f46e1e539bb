/** Shares of ids have about as many traces each, and every trace is in one. */
import { expect, it } from 'vitest';
import { flattenBlock } from '../../engine/blocks/flatten/flatten.js';
import { divided, dividedIds, stretch } from '../../engine/blocks/id-cuts.js';
import type { BlockMeta } from '../../engine/blocks/meta.js';
import type { Storage } from '../../engine/blocks/storage.js';
import { pathsIn, withDirectory } from './flatten/compare.js';
import { storedBlocks } from './flatten/fixtures.js';
import { madeMeta, memoryStorage, schemaOf } from './flatten/made-blocks.js';
import { writeNested } from './flatten/nested-writer.js';

async function tracesOfShares(storage: Storage, blocks: readonly BlockMeta[], parts: number) {
  const ranges = await dividedIds(storage, blocks, parts);
  expect(ranges).toHaveLength(parts);
  for (const [n, { from }] of ranges.entries()) expect(from).toBe(ranges[n - 1]?.to);
  const needs = { spans: [], spanAttributes: [] };
  return await Promise.all(
    ranges.map(async (ids) => {
      const found = blocks.map((block) =>
        withDirectory(
          async (folder) => await flattenBlock(storage, { ...block, ids }, needs, pathsIn(folder)),
        ),
      );
      return (await Promise.all(found)).reduce((sum, { traceCount }) => sum + traceCount, 0);
    }),
  );
}

it('divides real blocks evenly', async () => {
  const blocks = storedBlocks('shop-v5');
  const metas = blocks.map(({ meta }) => meta);
  const all = metas.reduce((sum, { totalObjects }) => sum + totalObjects, 0);
  for (const parts of [1, 2, 7]) {
    const traces = await tracesOfShares(blocks[0]!.storage, metas, parts);
    expect(traces.reduce((sum, count) => sum + count, 0)).toBe(all);
    for (const count of traces) expect(Math.abs(count - all / parts)).toBeLessThan(all / parts / 4);
  }
});

it('divides ids that begin alike, as those that begin with the time do', () => {
  const id = (second: number): Uint8Array => Buffer.from(`${second.toString(16)}${'5a'.repeat(12)}`, 'hex');
  const day = Array.from(
    { length: 24 },
    (_, n) => stretch(id(0x6a000000 + n * 3600), id(0x6a000000 + (n + 1) * 3600), 100)!,
  );
  const ranges = divided(day, 5);
  const hours = ranges
    .slice(1)
    .map(({ from }) => (Number.parseInt(from!.slice(0, 8), 16) - 0x6a000000) / 3600);
  for (const [n, hour] of hours.entries()) expect(Math.abs(hour - (24 / 5) * (n + 1))).toBeLessThan(0.7);
});

it('has as many shares where there is nothing to divide', async () => {
  const bytes = writeNested(schemaOf('vParquet4'), []);
  const traces = await tracesOfShares(memoryStorage(bytes), [madeMeta('vParquet4', bytes.length, 0)], 3);
  expect(traces).toEqual([0, 0, 0]);
});
