import { describe, expect, it } from 'vitest';
import { readAttributeKeys } from '../../../engine/blocks/schema-keys.js';
import { allNeeds, compare, inParts, typesOf } from './compare.js';
import { storedBlocks } from './fixtures.js';
import { randomOf } from './made-blocks.js';

describe('real blocks', () => {
  for (const bucket of ['shop-v5', 'shop-v4', 'conf-v5', 'tempo-v3']) {
    for (const { name, storage, meta } of storedBlocks(bucket)) {
      it(`gives the rows of the nested path for every column of ${name}`, async () => {
        const attributes = await readAttributeKeys(storage, meta);
        const { differences, fast, rows, columns } = await compare(storage, meta, allNeeds(attributes));
        expect(differences).toEqual([]);
        expect(fast.traceCount).toBe(meta.totalObjects);
        expect(rows.spans).toBe(fast.spanCount);
        // Every key that the block has was found in some type; keys of empty columns excepted.
        const found = attributes.filter(
          (a) => typesOf([...columns.spans, ...columns.events, ...columns.links], a).length > 0,
        );
        expect(found.length).toBeGreaterThan(0);
      });

      it(`adds columns to the files of ${name}, and gives the same rows`, async () => {
        const needs = allNeeds(await readAttributeKeys(storage, meta));
        const { differences } = await compare(storage, meta, needs, inParts(needs, randomOf(3)));
        expect(differences).toEqual([]);
      });
    }
  }
});
