/** Rules over Tempo's blocks, read where they are by ClickHouse: the violations that DuckDB finds over the flat files of the same blocks. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReplayJson } from '../../../engine/answers/replay.js';
import { replay } from '../../../engine/replay/replay.js';
import { replayJson } from '../../../engine/replay/result-json.js';
import type { ClickHouseStore } from '../../../engine/sql/dialects/clickhouse/store.js';
import { fileRules, shopRules } from '../../bench/rules.js';
import { openStored } from '../../support/stored.js';
import { byDatabase, hasChdb, openChdb } from './chdb.js';

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
    const open = await openStored(root);
    const options = { rules: rules(), limit: 1000 };
    const flat = await replay({ ...open.stored, ...options });
    const nested = await replay({ ...byDatabase(db, open.stored), ...options });
    expect(plain(replayJson(nested))).toEqual(plain(replayJson(flat)));
    await open.close();
  });

  it.each([
    ['shop-v5', shopRules, ['pii-requires-audit', 'tenant-isolation'], false],
    ['flow-v5', () => fileRules('../test/replay/flows/flow-v5.betrace'), ['one-charge-per-key'], true],
  ] as const)(
    'of %s say what is different about what violates the rules',
    async (fixture, rules, ids, any) => {
      const open = await openStored(
        fileURLToPath(new URL(`../../fixtures/blocks/${fixture}/blocks`, import.meta.url)),
      );
      const some = rules().filter(({ item }) => ids.some((id) => id === item.id.text));
      expect(some).toHaveLength(ids.length);
      const options = { rules: some, limit: 0, why: true };
      const flat = replayJson(await replay({ ...open.stored, ...options }));
      const nested = replayJson(await replay({ ...byDatabase(db, open.stored), ...options }));
      expect(JSON.stringify(flat).includes('"findings":[{')).toBe(any);
      expect(plain(nested)).toEqual(plain(flat));
      await open.close();
    },
  );
});
