/** Rules over Tempo's blocks, read where they are by ClickHouse: the violations that DuckDB finds over the flat files of the same blocks. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findTenants } from '../../../engine/blocks/listing/tenants.js';
import { localStorage } from '../../../engine/blocks/storage-local.js';
import { replay } from '../../../engine/replay/replay.js';
import { replayJson } from '../../../engine/replay/result-json.js';
import { NestedBlocks } from '../../../engine/spans/nested-blocks.js';
import type { ClickHouseStore } from '../../../engine/sql/dialects/clickhouse/store.js';
import { shopRules } from '../../bench/rules.js';
import { openStored } from '../../support/stored.js';
import { filesOf, hasChdb, openChdb } from './chdb.js';

describe.skipIf(!hasChdb)('blocks in ClickHouse', () => {
  let db: ClickHouseStore;
  beforeAll(async () => {
    db = await openChdb();
  });
  afterAll(() => db.close());

  it.each(['shop-v5', 'shop-v4'])(
    'have the violations of every rule of the shop, of %s',
    async (fixture) => {
      const root = fileURLToPath(new URL(`../../fixtures/blocks/${fixture}/blocks`, import.meta.url));
      const storage = localStorage(root);
      const { tenants } = await findTenants(storage);
      const open = await openStored(root);
      const options = { rules: shopRules(), limit: 1000 };
      const flat = await replay({ ...open.stored, ...options });
      const bounds = { tenant: tenants[0]!, window: {}, memory: 2 ** 30, tempDirectory: '/nowhere' };
      const nested = await replay({
        ...bounds,
        given: new NestedBlocks(db, storage, filesOf(storage)),
        ...options,
      });
      expect(replayJson(nested)).toEqual(replayJson(flat));
      await open.close();
    },
    120_000,
  );
});
