/**
 * `npm run bench`: what replay, searches and metrics cost, on one machine in one run. Read the figures as ratios.
 *
 * `npm run bench -- limit` shows only the questions compared with what DuckDB alone needs for them, `npm run bench -- tempo URL` compared with a Tempo
 * that serves the same blocks.
 *
 * `npm run bench -- memory` shows instead that the peak memory of a replay does not grow with the number of blocks. `npm run bench -- nested` shows it for a block
 * that DuckDB has to read as it is.
 *
 * `npm run bench -- bucket MS` shows what a replay reads of blocks, and what it waits for when a bucket answers so much later.
 *
 * `npm run bench -- engine` shows what rules cost in ClickHouse, which reads blocks where they are, compared with DuckDB. It needs CHDB_MODULE.
 *
 * `npm run bench -- scale` shows what a megabyte of blocks costs a replay, and what a terabyte and more come to.
 *
 * `npm run bench -- flow-replay` shows what rules across traces take over ten million spans with a million keys.
 *
 * `npm run bench -- why` shows what `--why` costs, as a multiple of the replay and by what it does.
 *
 * `npm run bench -- live` measures receiving and judging spans, `npm run bench -- flows` what rules across traces cost there, `npm run bench -- windows` what rules over many traces do, `npm run bench -- live-memory` what is held at 100,000 a second on any machine, `npm run bench -- editor` the language server.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFlatCache } from '../../engine/blocks/cache/cache.js';
import { FlattenPool } from '../../engine/blocks/flatten/pool.js';
import { listBlocks } from '../../engine/blocks/listing/block-list.js';
import { findTenants } from '../../engine/blocks/listing/tenants.js';
import { localStorage } from '../../engine/blocks/storage-local.js';
import type { ResolvedRule } from '../../engine/language/link/resolved.js';
import { planRules } from '../../engine/plan/lower/lower.js';
import { replay } from '../../engine/replay/replay.js';
import type { ReplayResult } from '../../engine/replay/result.js';
import { RunDatabases } from '../../engine/spans/run-databases.js';
import type { StoredTraces } from '../../engine/spans/stored-run.js';
import { Database } from '../../engine/sql/dialects/duckdb/database.js';
import { plainSql } from '../support/plain-sql.js';
import { benchBlocks } from './blocks.js';
import { measureBucket } from './bucket.js';
import { measureCommand } from './command.js';
import { benchEditor } from './editor.js';
import { measureFlowReplay } from './flow-replay.js';
import { measureLimit } from './limit.js';
import { benchFlows, benchLive, benchWindows } from './live.js';
import { measureLiveMemory } from './live-memory.js';
import { measureLookup } from './lookup.js';
import { measureMemory } from './memory.js';
import { measureMetrics } from './metrics.js';
import { measureNested } from './nested.js';
import { measureReplicas } from './replicas.js';
import { fiftyRules, ruleOf, shopRules } from './rules.js';
import { measureScale } from './scale.js';
import { measureSearch } from './search.js';
import { measureTempo } from './tempo.js';
import { line, ms, multiple, RUNS, type Times, timesOf, whole } from './times.js';
import { measureWhy } from './why.js';

const ABSENCE = `rule absence {
  when { name = "payment.charge_card" && span.amount > 1000 } always { name = "fraud.check" }
}`;
const ORDER = `rule order {
  when { name = "payment.charge_card" } as c never { name = "inventory.reserve" } after c
}`;

/** Each by itself, by its name and what follows that. */
const BENCHES: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  bucket: async ([delay = '50']) => await measureBucket(Number(delay)),
  editor: benchEditor,
  // What it imports says whether ClickHouse is here.
  engine: async () => await (await import('./engine.js')).measureEngine(),
  'flow-replay': async (args) => await measureFlowReplay(...args.slice(0, 1).map(Number)),
  flows: benchFlows,
  limit: async () => await benchReplay('limit'),
  live: benchLive,
  'live-memory': measureLiveMemory,
  memory: async (args) => await measureMemory(benchBlocks().directory, args.map(Number)),
  nested: async () => await measureNested(benchBlocks().directory),
  replicas: measureReplicas,
  scale: measureScale,
  tempo: async ([url]) => await measureTempo(url, benchBlocks().directory),
  why: async () => await measureWhy(benchBlocks()),
  windows: benchWindows,
};

async function main(): Promise<void> {
  const [name, ...args] = process.argv.slice(2);
  if (name === undefined) return await benchReplay('all');
  const bench = Object.hasOwn(BENCHES, name) ? BENCHES[name] : undefined;
  if (bench !== undefined) return await bench(args);
  process.stderr.write(`There is no benchmark "${name}", but: ${Object.keys(BENCHES).join(', ')}\n`);
  process.exitCode = 2;
}

async function benchReplay(what: 'all' | 'limit'): Promise<void> {
  const blocks = benchBlocks();
  const storage = localStorage(blocks.directory);
  const { tenants } = await findTenants(storage);
  const tenant = tenants[0]!;
  const list = await listBlocks(storage, tenant);
  const bytes = list.blocks.reduce((sum, block) => sum + block.size, 0);
  const work = mkdtempSync(join(tmpdir(), 'betrace-bench-'));
  const flatten = new FlattenPool({ storage });
  const databases = new RunDatabases();
  let caches = 0;
  const newCache = () => openFlatCache({ directory: join(work, `cache-${caches++}`) });
  /** Times `work` on an empty cache each time, which is removed again: the next is not to find the disk's cache full of it. */
  const timesOnEmpty = async (
    work: (cache: ReturnType<typeof newCache>) => Promise<unknown>,
  ): Promise<Times> => {
    let cache = newCache();
    const again = (): void => {
      rmSync(cache.directory, { recursive: true, force: true });
      cache = newCache();
    };
    return await timesOf(async () => await work(cache), again);
  };
  const run = async (
    rules: readonly ResolvedRule[],
    cache: ReturnType<typeof newCache>,
  ): Promise<ReplayResult> =>
    await replay({
      storage,
      tenant,
      rules,
      window: {},
      cache,
      flatten,
      databases,
      memory: 2 ** 30,
      tempDirectory: join(work, 'tmp'),
      limit: 100,
    });

  const limits = async (): Promise<void> =>
    await measureLimit({
      blocks: list.blocks,
      flatten,
      newCache,
      stored: (cache) => ({
        storage,
        tenant,
        cache,
        flatten,
        databases,
        memory: 2 ** 30,
        tempDirectory: join(work, 'tmp'),
      }),
    });
  try {
    if (what === 'limit') return await limits();
    const shop = shopRules();
    const { spans, traces } = await run(shop, newCache()); // also warms the code up
    line(
      `${blocks.name}: ${traces} traces, ${spans} spans, ${(bytes / 1e6).toFixed(0)} MB in ${list.blocks.length} blocks; median and best of ${RUNS} runs`,
    );
    const rate = ({ median, best }: Times): string =>
      `${(spans / median / 1000).toFixed(1)} M spans/s (best ${(spans / best / 1000).toFixed(1)})`;

    const needs = planRules(shop).needs;
    const flat = await timesOnEmpty(async (cache) => {
      const leases = await Promise.all(
        list.blocks.map((block) => cache.acquire(block, needs, flatten.builder(block))),
      );
      for (const lease of leases) lease.release();
    });
    line(
      `block to flat files, columns of the 12 rules   ${ms(flat)}  ${rate(flat)}, ${(bytes / flat.median / 1000).toFixed(0)} MB/s`,
    );

    const coldly = async (rules: readonly ResolvedRule[]): Promise<Times> =>
      await timesOnEmpty(async (cache) => await run(rules, cache));
    const cold = await coldly(shop);
    line(`replay cold, 12 rules                          ${ms(cold)}  ${rate(cold)}`);
    const coldOrder = await coldly(ruleOf(ORDER));
    line(`replay cold, one order rule                    ${ms(coldOrder)}  ${rate(coldOrder)}`);
    const coldFifty = await coldly(fiftyRules());
    line(
      `replay cold, 50 rules                          ${ms(coldFifty)}  ${rate(coldFifty)}, ${multiple(coldFifty, coldOrder)} one rule`,
    );

    const cache = newCache();
    const warm = async (rules: readonly ResolvedRule[]): Promise<Times> => {
      await run(rules, cache);
      return await timesOf(async () => await run(rules, cache));
    };
    const absence = await warm(ruleOf(ABSENCE));
    line(`replay warm, one absence rule                  ${ms(absence)}  ${rate(absence)}`);
    const order = await warm(ruleOf(ORDER));
    line(`replay warm, one order rule                    ${ms(order)}  ${rate(order)}`);
    const twelve = await warm(shop);
    line(
      `replay warm, 12 rules                          ${ms(twelve)}  ${rate(twelve)}, ${multiple(twelve, order)} one rule`,
    );
    const fifty = await warm(fiftyRules());
    line(
      `replay warm, 50 rules                          ${ms(fifty)}  ${rate(fifty)}, ${multiple(fifty, order)} one rule`,
    );

    const command = async (directory: () => string): Promise<Times> =>
      await timesOf(async () => void measureCommand(blocks.directory, directory()));
    const first = await command(() => join(work, `cache-${caches++}`));
    line(`betrace replay, new process, empty cache        ${ms(first)}  12 rules`);
    const again = join(work, `cache-${caches++}`);
    measureCommand(blocks.directory, again);
    const second = await command(() => again);
    line(`betrace replay, new process, full cache         ${ms(second)}  12 rules`);

    const stored = (cache: ReturnType<typeof newCache>): StoredTraces => ({
      storage,
      tenant,
      window: {},
      cache,
      flatten,
      databases,
      memory: 2 ** 30,
      tempDirectory: join(work, 'tmp'),
    });
    const bench = {
      cold: () => stored(newCache()),
      warm: stored(cache),
      median: async (work: () => Promise<unknown>): Promise<number> => (await timesOf(work)).median,
      show: (name: string, time: number) =>
        line(`${name.padEnd(46)} ${whole(time)} ms  ${(spans / time / 1000).toFixed(1)} M spans/s`),
    };
    await measureSearch(bench);
    await measureMetrics({ ...bench, blocks: list.blocks });

    const nested = await nestedRead(list.blocks.map(({ dataPath }) => join(blocks.directory, dataPath)));
    line(
      `the absence rule by DuckDB's nested read       ${ms(nested)}  ${rate(nested)}, ${multiple(nested, absence)} warm, ${multiple(nested, cold)} cold with 12 rules`,
    );
    const found = await measureLookup(storage, tenant, blocks.directory);
    line(
      `trace by id, first and then others             ${whole(found.cold)} ms, ${found.warm.toFixed(1)} ms, ${(found.bytes / 1e6).toFixed(1)} MB read each`,
    );
    line(
      `peak RSS of this process                       ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MB`,
    );

    await limits();

    line('\nwarm, each rule by itself:');
    for (const rule of shop) {
      const time = await warm([rule]);
      line(`  ${rule.item.id.text.padEnd(44)} ${ms(time)}  ${rate(time)}`);
    }
  } finally {
    await databases.close();
    await flatten.close();
    rmSync(work, { recursive: true, force: true });
  }
}

/** The absence rule in plain SQL over the blocks as they are, for whoever would do without flat files. */
async function nestedRead(files: readonly string[]): Promise<Times> {
  const db = await Database.open({});
  const list = files.map((file) => `'${file.replaceAll("'", "''")}'`).join(', ');
  const sql = `WITH resources AS (SELECT TraceID AS trace, unnest(rs) AS r FROM read_parquet([${list}])),
    scopes AS (SELECT trace, unnest(r.ss) AS s FROM resources),
    spans AS (SELECT trace, unnest(s.Spans) AS p FROM scopes)
    SELECT count(*) FILTER (charged AND NOT checked) FROM (SELECT trace,
      bool_or(p.Name = 'payment.charge_card' AND coalesce(list_filter(p.Attrs, lambda a: a.Key = 'amount')[1].ValueDouble[1] > 1000, false)) AS charged,
      bool_or(p.Name = 'fraud.check') AS checked FROM spans GROUP BY trace)`;
  try {
    return await timesOf(async () => void (await db.rows(plainSql(sql))), undefined, Math.min(RUNS, 3));
  } finally {
    db.close();
  }
}

await main();
