/** ClickHouse as a server: sessions, errors and bounds; and replays by several servers, which are what one process finds. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findTenants } from '../../../engine/blocks/listing/tenants.js';
import { localStorage } from '../../../engine/blocks/storage-local.js';
import { replay } from '../../../engine/replay/replay.js';
import { replayJson } from '../../../engine/replay/result-json.js';
import { replayBlocks } from '../../../engine/replay/shares/replay-blocks.js';
import { dividedTraces } from '../../../engine/spans/shared-blocks.js';
import { openServer, shardsOf } from '../../../engine/sql/nested.js';
import type { Store } from '../../../engine/sql/store/store.js';
import { tableAs } from '../../../engine/sql/text/operations.js';
import { name, sql } from '../../../engine/sql/text/sql.js';
import { shopRules } from '../../bench/rules.js';
import { runHere } from '../../server/cli/support.js';
import { aRule } from '../../support/arbitrary/rule.js';
import { someTraces } from '../../support/arbitrary/trace.js';
import { asResolved } from '../../support/evaluation.js';
import { makeStorage } from '../../support/made-storage.js';
import { runs } from '../../support/runs.js';
import { openStored } from '../../support/stored.js';
import { filesOf, hasChdb } from './chdb.js';
import { inBlocks } from './in-blocks.js';
import { startServer, type TestServer } from './servers.js';

const SHOP = fileURLToPath(new URL('../../fixtures/blocks/shop-v5/blocks', import.meta.url));
const QUERIES = fileURLToPath(new URL('../../../queries/shop', import.meta.url));
const USERS = { CLICKHOUSE_USERS: JSON.stringify({ default: '', reader: 'secret' }) };

describe.skipIf(!hasChdb)('a server of ClickHouse', () => {
  let servers: readonly TestServer[];
  const work = mkdtempSync(join(tmpdir(), 'betrace-servers-'));
  beforeAll(async () => {
    const second = await startServer();
    const clusters = JSON.stringify({ both: ['127.0.0.1', second.host] });
    servers = [await startServer({ ...USERS, CLICKHOUSE_CLUSTERS: clusters }), second];
  });
  afterAll(async () => {
    for (const { stop } of servers) await stop();
    rmSync(work, { recursive: true });
  });

  const open = async (settings: Readonly<Record<string, string>> = {}): Promise<Store> =>
    await openServer({ url: `http://${servers[0]!.host}`, settings });

  it('has the tables of a session as long as it is there', async () => {
    const db = await open();
    await db.run(tableAs(name('held'), sql`SELECT 1 AS one`));
    expect(await db.rows(sql`SELECT one FROM held`)).toEqual([[1]]);
    db.close();
    const other = await open();
    await expect(other.rows(sql`SELECT one FROM held`)).rejects.toThrow('UNKNOWN_TABLE');
    other.close();
  });

  it('says who may not ask it, and where there is none', async () => {
    const url = `http://${servers[0]!.host}`;
    const denied = openServer({ url, user: 'reader', password: 'wrong' });
    await expect(denied).rejects.toMatchObject({ code: 'BT3017', message: /AUTHENTICATION_FAILED/ });
    (await openServer({ url, user: 'reader', password: 'secret' })).close();
    const nowhere = openServer({ url: 'http://127.0.0.1:9' });
    await expect(nowhere).rejects.toMatchObject({ code: 'BT3017' });
    await expect(shardsOf({ url }, "odd'\\")).rejects.toMatchObject({ code: 'BT3017' });
  });

  it('ends what takes too long or too much', async () => {
    const large = sql`SELECT number, sum(number) FROM numbers(100000000) GROUP BY number ORDER BY number LIMIT 1`;
    const brief = await open({ max_execution_time: '0.2' });
    await expect(brief.rows(large)).rejects.toMatchObject({ code: 'BT3018', message: /TIMEOUT_EXCEEDED/ });
    brief.close();
    const small = await open({ max_memory_usage: '10000000' });
    await expect(small.rows(large)).rejects.toThrow('MEMORY_LIMIT_EXCEEDED');
    small.close();
  });

  it('stops a statement that is interrupted', async () => {
    const db = await open({ max_execution_time: '2' });
    const running = db.rows(sql`SELECT count(*) FROM numbers(100000000000) WHERE number % 7 = 3`);
    setTimeout(() => db.interrupt(), 50);
    await expect(running).rejects.toThrow(/abort/i);
    db.close();
  });

  it('judges the rules of the shop as this process does, alone or with another, by command', async () => {
    const stored = await openStored(SHOP);
    const options = { rules: shopRules(), limit: 1000 };
    const expected = replayJson(await replay({ ...stored.stored, ...options }));
    await stored.close();
    const engine = `clickhouse://${servers[0]!.host}?cluster=both`;
    const asked = ['--blocks', SHOP, '--format', 'json', '--limit', '1000', '--engine', engine];
    const { out, err, code } = await runHere('replay', QUERIES, ...asked);
    expect(err).toBe('');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject(JSON.parse(JSON.stringify(expected)) as object);
  });

  it('answers a query as this process does, by command, alone or with another', async () => {
    const query = '{ resource.service.name = "frontend" } >> { status = error } | select(span.http.route)';
    const asked = ['query', query, '--blocks', SHOP, '--format', 'json'];
    const own = await runHere(...asked);
    expect(own.out).toContain('traceID');
    for (const hosts of [servers[0]!.host, servers.map(({ host }) => host).join(',')])
      expect(await runHere(...asked, '--engine', `clickhouse://${hosts}`)).toEqual(own);
  });

  it('however ids are divided, several find what one process does', async () => {
    const databases = [await open(), await openServer({ url: `http://${servers[1]!.host}` })];
    await fc.assert(
      fc.asyncProperty(
        aRule,
        someTraces.filter((traces) => traces.length > 0),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: 0, max: 4 }),
        async (rule, traces, spread, cut) => {
          const root = makeStorage(
            mkdtempSync(join(work, 'case-')),
            'vParquet5',
            ...inBlocks(traces, spread),
          );
          const options = { rules: [asResolved(rule)], limit: 1000 };
          const stored = await openStored(root);
          const expected = replayJson(await replay({ ...stored.stored, ...options }));
          await stored.close();
          const storage = localStorage(root);
          const { tenants } = await findTenants(storage);
          const id = cut.toString(16).padStart(32, '0');
          const divided = await dividedTraces(
            { tenant: tenants[0]!, window: {}, memory: 2 ** 30, tempDirectory: '/nowhere' },
            { storage, databases, locate: filesOf(storage), ids: [{ to: id }, { from: id }] },
          );
          const found = await replayBlocks({ ...divided, ...options });
          expect(replayJson(found)).toEqual(expected);
        },
      ),
      { numRuns: runs(2) },
    );
    for (const db of databases) db.close();
  });
});
