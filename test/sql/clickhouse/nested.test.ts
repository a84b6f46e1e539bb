/** Random rules over random traces that Tempo has stored in one block or another, read where they are by ClickHouse: the verdicts of the oracle. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BLOCK_FORMATS } from '../../../engine/blocks/block-formats.js';
import { findTenants } from '../../../engine/blocks/listing/tenants.js';
import { localStorage } from '../../../engine/blocks/storage-local.js';
import { NestedBlocks } from '../../../engine/spans/nested-blocks.js';
import type { ClickHouseStore } from '../../../engine/sql/dialects/clickhouse/store.js';
import type { loadTraces } from '../../../engine/sql/relations/load.js';
import { aRule } from '../../support/arbitrary/rule.js';
import { someTraces } from '../../support/arbitrary/trace.js';
import { compiledOutcomes, oracleOutcomes } from '../../support/evaluation.js';
import { makeStorage } from '../../support/made-storage.js';
import { runs } from '../../support/runs.js';
import { inVParquet3 } from '../../support/tempo-rows.js';
import { filesOf, hasChdb, openChdb } from './chdb.js';
import { inBlocks } from './in-blocks.js';

const over =
  (root: string): typeof loadTraces =>
  async (db, _, needs) => {
    const storage = localStorage(root);
    const { tenants } = await findTenants(storage);
    const bounds = { tenant: tenants[0]!, window: {}, memory: 2 ** 30, tempDirectory: '/nowhere' };
    const blocks = new NestedBlocks(db, storage, filesOf(storage));
    return await blocks.run({ ...bounds, given: blocks }, needs, async ({ columns }) => columns);
  };

describe.skipIf(!hasChdb)('blocks of random traces in ClickHouse', () => {
  let db: ClickHouseStore;
  const work = mkdtempSync(join(tmpdir(), 'betrace-nested-'));
  beforeAll(async () => {
    db = await openChdb();
  });
  afterAll(() => {
    db.close();
    rmSync(work, { recursive: true });
  });

  it.each(BLOCK_FORMATS)('have the verdicts of the oracle, as %s', async (format) => {
    await fc.assert(
      fc.asyncProperty(
        aRule,
        someTraces.filter((traces) => traces.length > 0),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }),
        async (rule, made, spread) => {
          const traces = format === 'vParquet3' ? made.map(inVParquet3) : made;
          const root = makeStorage(mkdtempSync(join(work, 'case-')), format, ...inBlocks(traces, spread));
          const found = await compiledOutcomes(db, [rule], traces, over(root));
          expect(found).toEqual(oracleOutcomes([rule], traces));
        },
      ),
      { numRuns: runs(2) },
    );
  });
});
