import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { flattenNested } from '../../../engine/blocks/flatten/nested/nested.js';
import { readAttributeKeys } from '../../../engine/blocks/schema-keys.js';
import type { AttributeKey, ColumnNeeds } from '../../../engine/plan/schema.js';
import type { FlatBlock } from '../../../engine/sql/relations/flat.js';
import { allNeeds, compareWith, inParts, pathsIn, typesOf } from './compare.js';
import { storedBlocks } from './fixtures.js';
import { randomOf } from './made-blocks.js';

/** Most of the time is for planning statements with all these columns, which each part needs anew: so few parts. */
const BUDGET = { memory: 2 ** 29, entries: 2 ** 19 };

describe.each(['shop-v5', 'shop-v4', 'conf-v5', 'tempo-v3'].flatMap(storedBlocks))(
  '$name',
  ({ storage, meta }) => {
    let directory: string;
    let attributes: readonly AttributeKey[];
    let needs: ColumnNeeds;
    let nested: FlatBlock;
    beforeAll(async () => {
      directory = mkdtempSync(join(tmpdir(), 'betrace-nested-'));
      attributes = await readAttributeKeys(storage, meta);
      needs = allNeeds(attributes);
      nested = await flattenNested(storage, meta, needs, pathsIn(directory), {}, BUDGET);
    });
    afterAll(() => rmSync(directory, { recursive: true, force: true }));

    it('gives the rows of the nested path for every column', async () => {
      const { differences, fast, rows, columns } = await compareWith(nested, storage, meta, needs);
      expect(differences).toEqual([]);
      expect(fast.traceCount).toBe(meta.totalObjects);
      expect(rows.spans).toBe(fast.spanCount);
      // Every key that the block has was found in some type; keys of empty columns excepted.
      const found = attributes.filter(
        (a) => typesOf([...columns.spans, ...columns.events, ...columns.links], a).length > 0,
      );
      expect(found.length).toBeGreaterThan(0);
    });

    it('adds columns to the files, and gives the same rows', async () => {
      const { differences } = await compareWith(nested, storage, meta, needs, inParts(needs, randomOf(3)));
      expect(differences).toEqual([]);
    });
  },
);
