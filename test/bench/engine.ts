/** What the same rules cost in DuckDB over flat files and in ClickHouse over the blocks themselves, in one process. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { openFlatCache } from '../../engine/blocks/cache/cache.js';
import { FlattenPool } from '../../engine/blocks/flatten/pool.js';
import { findTenants } from '../../engine/blocks/listing/tenants.js';
import { localStorage } from '../../engine/blocks/storage-local.js';
import type { ResolvedRule } from '../../engine/language/link/resolved.js';
import { replay } from '../../engine/replay/replay.js';
import type { ReplayResult } from '../../engine/replay/result.js';
import { replayJson } from '../../engine/replay/result-json.js';
import { NestedBlocks } from '../../engine/spans/nested-blocks.js';
import { filesOf, hasChdb, openChdb } from '../sql/clickhouse/chdb.js';
import { benchBlocks } from './blocks.js';
import { ruleOf, shopRules } from './rules.js';
import { line, tableHead, tableRow, timesOf } from './times.js';

const SEVERAL = 3;

/** Prints a table; says so where ClickHouse is not here. */
export async function measureEngine(): Promise<void> {
  if (!hasChdb) return line('not measured: CHDB_MODULE names no chdb');
  const { name, directory } = benchBlocks();
  const storage = localStorage(directory);
  const { tenants } = await findTenants(storage);
  const work = mkdtempSync(join(tmpdir(), 'betrace-engine-'));
  const flatten = new FlattenPool({ storage });
  const db = await openChdb();
  const bounds = { tenant: tenants[0]!, window: {}, memory: 2 ** 31, tempDirectory: join(work, 'tmp') };
  let caches = 0;
  const newCache = () => openFlatCache({ directory: join(work, `cache-${caches++}`) });
  const kept = newCache();
  const inDuckdb = async (rules: readonly ResolvedRule[], cache = kept): Promise<ReplayResult> =>
    await replay({ ...bounds, storage, cache, flatten, rules, limit: 100 });
  const inClickhouse = async (rules: readonly ResolvedRule[]): Promise<ReplayResult> =>
    await replay({
      ...bounds,
      given: new NestedBlocks(db, storage, filesOf(storage)),
      rules,
      limit: 100,
    });
  try {
    line(`${name}; seconds of processors, median of ${SEVERAL} runs`);
    tableHead(['rules', 'DuckDB, first', 'DuckDB, again', 'ClickHouse', 'of the first', 'same result']);
    for (const [called, rules] of QUESTIONS) {
      const first = await timesOf(async () => await inDuckdb(rules, newCache()), undefined, SEVERAL);
      const expected = await inDuckdb(rules);
      const again = await timesOf(async () => await inDuckdb(rules), undefined, SEVERAL);
      const found = await inClickhouse(rules);
      const engine = await timesOf(async () => await inClickhouse(rules), undefined, SEVERAL);
      tableRow([
        called,
        seconds(first.cpu),
        seconds(again.cpu),
        seconds(engine.cpu),
        `${(engine.cpu / first.cpu).toFixed(1)} ×`,
        isDeepStrictEqual(replayJson(found), replayJson(expected)) ? 'yes' : 'NO',
      ]);
    }
  } finally {
    db.close();
    await flatten.close();
    rmSync(work, { recursive: true, force: true });
  }
}

const QUESTIONS: readonly (readonly [string, readonly ResolvedRule[]])[] = [
  [
    'absence',
    ruleOf('rule absence { when { name = "payment.charge_card" } always { name = "fraud.check" } }'),
  ],
  [
    'order',
    ruleOf(
      'rule order { when { name = "payment.charge_card" } as c never { name = "inventory.reserve" } after c }',
    ),
  ],
  [
    'attribute',
    ruleOf(
      'rule large { when { name = "payment.charge_card" && span.amount > 1000 } as c always { name = "fraud.check" } before c within 30s }',
    ),
  ],
  ['12 of the shop', shopRules()],
];

function seconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(1);
}
