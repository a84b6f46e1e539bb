/** Rules over Tempo's blocks, read where they are by ClickHouse: the violations that DuckDB finds over the flat files of the same blocks. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReplayJson } from '../../../engine/answers/replay.js';
import { findTenants } from '../../../engine/blocks/listing/tenants.js';
import { localStorage } from '../../../engine/blocks/storage-local.js';
import { replay } from '../../../engine/replay/replay.js';
import { replayJson } from '../../../engine/replay/result-json.js';
import { NestedBlocks } from '../../../engine/spans/nested-blocks.js';
import type { ClickHouseStore } from '../../../engine/sql/dialects/clickhouse/store.js';
import { fileRules, shopRules } from '../../bench/rules.js';
import { openStored } from '../../support/stored.js';
import { filesOf, hasChdb, openChdb } from './chdb.js';

/** Without the traces that are examples of a window: they are chosen by a hash, of which each database has its own. */
function plain(result: ReplayJson): unknown {
  const isWindow = (value: object): boolean => 'window' in value && 'traces' in value;
  return JSON.parse(
    JSON.stringify(result, (_, value: unknown) =>
      typeof value === 'object' && value !== null && isWindow(value)
        ? { ...value, window: undefined, inWindow: (value as { window: unknown }).window, traces: undefined }
        : value,
    ),
  );
}

describe.skipIf(!hasChdb)('blocks in ClickHouse', () => {
  let db: ClickHouseStore;
  beforeAll(async () => {
    db = await openChdb();
  });
  afterAll(() => db.close());

  it.each([
    ['shop-v5', 'shop', shopRules],
    ['shop-v4', 'shop', shopRules],
    ['shop-v5', 'windows', () => fileRules('reliability/windows.betrace')],
    ['flow-v5', 'flows', () => fileRules('flows/accounts.betrace', 'flows/personal-data.betrace')],
  ] as const)('of %s have the violations of the rules of %s', async (fixture, _, rules) => {
    const root = fileURLToPath(new URL(`../../fixtures/blocks/${fixture}/blocks`, import.meta.url));
    const storage = localStorage(root);
    const { tenants } = await findTenants(storage);
    const open = await openStored(root);
    const options = { rules: rules(), limit: 1000 };
    const flat = await replay({ ...open.stored, ...options });
    const bounds = { tenant: tenants[0]!, window: {}, memory: 2 ** 30, tempDirectory: '/nowhere' };
    const nested = await replay({
      ...bounds,
      given: new NestedBlocks(db, storage, filesOf(storage)),
      ...options,
    });
    expect(plain(replayJson(nested))).toEqual(plain(replayJson(flat)));
    await open.close();
  });
});
