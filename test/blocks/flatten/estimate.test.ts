import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { estimateReading } from '../../../engine/blocks/flatten/estimate.js';
import { fetchFooter } from '../../../engine/blocks/flatten/fetch.js';
import { flattenBlock } from '../../../engine/blocks/flatten/flatten.js';
import { planBlock } from '../../../engine/blocks/flatten/plan.js';
import type { ColumnNeeds } from '../../../engine/plan/schema.js';
import { allNeeds, pathsIn } from './compare.js';
import { storedBlocks } from './fixtures.js';

const NEEDS: Readonly<Record<string, ColumnNeeds>> = {
  'one column': { spans: ['name'], spanAttributes: [] },
  'a column and an attribute': {
    spans: ['name', 'status'],
    spanAttributes: [{ scope: 'span', key: 'http.request.method' }],
  },
  everything: allNeeds([{ scope: 'resource', key: 'service.name' }]),
};

it('the service is read of its own column, and not of the list of attributes', async () => {
  for (const { storage, meta } of ['shop-v4', 'shop-v5', 'conf-v5'].flatMap(storedBlocks)) {
    const { footer } = await fetchFooter(storage, meta);
    const listed = (...keys: readonly string[]): boolean => {
      const needs = { spans: [], spanAttributes: keys.map((key) => ({ scope: 'resource' as const, key })) };
      return planBlock(footer, meta, needs).leaves.some(({ path }) => path.startsWith('rs.Resource.Attrs.'));
    };
    expect(listed('service.name')).toBe(false);
    expect(listed('service.name', 'deployment.environment')).toBe(true);
  }
});

it.each(Object.entries(NEEDS))('an estimate from all footers is what reading takes: %s', async (_, needs) => {
  const blocks = storedBlocks('shop-v5');
  const { storage } = blocks[0]!;
  const work = mkdtempSync(join(tmpdir(), 'betrace-estimate-'));
  const asked = { requests: 0, bytes: 0 };
  const counting = {
    ...storage,
    readRange: async (path: string, start: number, end: number) => {
      asked.requests++;
      asked.bytes += end - start;
      return await storage.readRange(path, start, end);
    },
  };
  try {
    const estimate = await estimateReading(
      storage,
      blocks.map(({ meta }) => meta),
      needs,
      NEEDS['one column'],
    );
    const before = { ...asked };
    for (const { meta } of blocks)
      await flattenBlock(counting, meta, NEEDS['one column']!, pathsIn(work, `first-${meta.blockId}`));
    expect(estimate.first).toEqual({
      requests: asked.requests - before.requests,
      bytes: asked.bytes - before.bytes,
    });
    Object.assign(asked, before);
    for (const { meta } of blocks) await flattenBlock(counting, meta, needs, pathsIn(work, meta.blockId));
    expect(estimate).toMatchObject({ blocks: blocks.length, sampled: blocks.length, ...asked });
    expect(estimate.bytes).toBeLessThanOrEqual(estimate.size);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
});
