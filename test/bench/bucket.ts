/** The requests of a replay to a bucket, and how long it waits where every answer takes its time. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFlatCache } from '../../engine/blocks/cache/cache.js';
import { FlattenPool } from '../../engine/blocks/flatten/pool.js';
import { listBlocks } from '../../engine/blocks/listing/block-list.js';
import { findTenants } from '../../engine/blocks/listing/tenants.js';
import type { BlockMeta } from '../../engine/blocks/meta.js';
import type { Storage } from '../../engine/blocks/storage.js';
import { localStorage } from '../../engine/blocks/storage-local.js';
import { BlockFiles } from '../../engine/blocks/trace/block-files.js';
import { readTrace, wantedTrace } from '../../engine/blocks/trace/read-trace.js';
import type { ResolvedRule } from '../../engine/language/link/resolved.js';
import { planRules } from '../../engine/plan/lower/lower.js';
import { replay } from '../../engine/replay/replay.js';
import type { ReplayResult } from '../../engine/replay/result.js';
import { RunDatabases } from '../../engine/spans/run-databases.js';
import { Database } from '../../engine/sql/dialects/duckdb/database.js';
import { stringLiteral } from '../../engine/sql/dialects/duckdb/literal.js';
import { MemoryStore, storageOf } from '../blocks/buckets/memory-store.js';
import { countingWaves } from '../support/counting-waves.js';
import { plainSql } from '../support/plain-sql.js';
import { benchBlocks, multiplyBlocks, SMALL_BLOCKS } from './blocks.js';
import { bytesByPurpose, type ReadOfPath } from './columns.js';
import { countingStorage } from './counting-storage.js';
import { ruleOf, shopRules } from './rules.js';
import { line, medianOf, tableHead, tableRow, timesOf } from './times.js';

const TWO_NAMES = 'rule two-names { when { name = "payment.charge_card" } always { name = "fraud.check" } }';
/** In no trace. */
const NONE_SUCH =
  'rule none-such { when { name = "payment.charge_card" && duration > 2s } as c always { status = ok } }';
/** Of two blocks each. */
const COPIES = 20;
const RUNS = 3;

/** `delay`: milliseconds that are added to each request. */
export async function measureBucket(delay: number): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'betrace-bucket-'));
  const databases = new RunDatabases();
  let caches = 0;
  /** With an empty cache, as each question of a bucket may be the first. */
  const ask: Ask = async (storage, rules, limit = 100) => {
    const { tenants } = await findTenants(storage);
    const flatten = new FlattenPool({ storage });
    const cache = openFlatCache({ directory: join(work, `cache-${caches++}`) });
    const more = { memory: 2 ** 30, tempDirectory: join(work, 'tmp'), limit, window: {} };
    try {
      return await replay({ storage, tenant: tenants[0]!, rules, cache, flatten, databases, ...more });
    } finally {
      await flatten.close();
      rmSync(cache.directory, { recursive: true, force: true });
    }
  };
  try {
    await readShares(ask);
    await askAgain(work, databases);
    await lookUps();
    await waits(ask, delay, join(work, 'blocks'));
  } finally {
    await databases.close();
    rmSync(work, { recursive: true, force: true });
  }
}

type Ask = (storage: Storage, rules: readonly ResolvedRule[], limit?: number) => Promise<ReplayResult>;

/** What is read of the blocks. */
async function readShares(ask: Ask): Promise<void> {
  const { name, directory } = benchBlocks();
  const local = localStorage(directory);
  const { tenants } = await findTenants(local);
  const { blocks } = await listBlocks(local, tenants[0]!);
  const size = blocks.reduce((sum, block) => sum + block.size, 0);
  line(`\nread of ${name} with an empty cache`);
  tableHead(['rules', 'violations listed', 'requests', 'MB', 'of the blocks']);
  const kinds = [
    ['of two names', ruleOf(TWO_NAMES), [0, 3, 100]],
    ['of a duration that no span has', ruleOf(NONE_SUCH), [3]],
    ['the 12 of queries/shop', shopRules(), [0, 3, 100]],
  ] as const;
  const shareOf = (bytes: number): string => `${((100 * bytes) / size).toFixed(1)} %`;
  const reads: ReadOfPath[] = [];
  for (const [called, rules, limits] of kinds)
    for (const limit of limits) {
      reads.length = 0;
      const counted = { requests: 0, bytes: 0 };
      await ask(
        countingStorage(local, counted, (read) => void reads.push(read)),
        rules,
        limit,
      );
      const { requests, bytes } = counted;
      tableRow([called, `${limit}`, `${requests}`, megabytes(bytes), shareOf(bytes)]);
    }
  line('\nwhat the last of them is made of');
  tableHead(['what', 'read', 'of the blocks']);
  const all = await bytesByPurpose(local, blocks, planRules(shopRules()), reads);
  for (const { purpose, bytes, first } of all) tableRow([purpose, first ? 'first' : 'then', shareOf(bytes)]);
  line('\neach of the 12 by itself, 3 listed, of the blocks');
  tableHead(['rule', 'in all', ...all.map(({ purpose }) => purpose)]);
  for (const rule of shopRules()) {
    reads.length = 0;
    const counted = { requests: 0, bytes: 0 };
    await ask(
      countingStorage(local, counted, (read) => void reads.push(read)),
      [rule],
      3,
    );
    const own = await bytesByPurpose(local, blocks, planRules([rule]), reads);
    const shares = all.map(({ purpose }) => own.find((part) => part.purpose === purpose)?.bytes ?? 0);
    tableRow([rule.item.id.text, shareOf(counted.bytes), ...shares.map(shareOf)]);
  }
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(1);
}

const TIMES_AGAIN = 9;

/** The rule of two names, whose columns are in the cache: what that takes of the processor. */
async function askAgain(work: string, databases: RunDatabases): Promise<void> {
  const local = localStorage(benchBlocks().directory);
  const { tenants } = await findTenants(local);
  const bounds = { tenant: tenants[0]!, window: {}, memory: 2 ** 30, tempDirectory: join(work, 'tmp') };
  const medians: string[] = [];
  for (const storage of [local, countingStorage(local, { requests: 0, bytes: 0 })]) {
    const flatten = new FlattenPool({ storage });
    const cache = openFlatCache({ directory: join(work, 'again') });
    const asked = { ...bounds, storage, flatten, cache, databases, rules: ruleOf(TWO_NAMES), limit: 3 };
    await replay(asked);
    await replay(asked);
    const { cpu } = await timesOf(async () => await replay(asked), undefined, TIMES_AGAIN);
    medians.push(`${cpu.toFixed(0)} ms`);
    await flatten.close();
    rmSync(cache.directory, { recursive: true, force: true });
  }
  line(`\nthe rule of two names asked again, 3 listed: time of processors, medians of ${TIMES_AGAIN}`);
  tableHead(['of a folder', 'of a bucket']);
  tableRow(medians);
}

/** Traces that are looked up in each block. */
const LOOKED_UP = 20;

/** One trace by its id out of one block. */
async function lookUps(): Promise<void> {
  const { name, directory } = benchBlocks();
  const local = localStorage(directory);
  const { tenants } = await findTenants(local);
  const { blocks } = await listBlocks(local, tenants[0]!);
  line(`\na trace of ${name} by its id; medians of ${LOOKED_UP}`);
  tableHead(['block', 'known of it', 'requests', 'one after the other', 'MB']);
  for (const block of blocks) {
    const ids = await someIds(join(directory, block.dataPath), LOOKED_UP + 1);
    const cold: LookedUp[] = [];
    const warm: LookedUp[] = [];
    const joined: LookedUp[] = [];
    for (const id of ids.slice(1)) {
      cold.push(await lookUp(local, block, id));
      warm.push(await lookUp(local, block, id, { before: ids[0] }));
      joined.push(await lookUp(local, block, id, { joinWithin: block.size }));
    }
    for (const [known, found] of [
      ['nothing', cold],
      ['nothing, joined within its size', joined],
      ['its filter, footer and dictionaries', warm],
    ] as const) {
      const median = (part: keyof LookedUp): number => medianOf(found.map((trace) => trace[part]));
      const size = `of ${megabytes(block.size)} MB`;
      tableRow([size, known, `${median('requests')}`, `${median('waves')}`, megabytes(median('bytes'))]);
    }
  }
}

interface LookedUp {
  readonly requests: number;
  /** Requests that had to wait for the answers to others, and the first. */
  readonly waves: number;
  readonly bytes: number;
}

interface LookUpOptions {
  /** The id of a trace that was looked up before. */
  readonly before?: Uint8Array | undefined;
  /** By default nothing lies so close together. */
  readonly joinWithin?: number;
}

async function lookUp(
  storage: Storage,
  block: BlockMeta,
  id: Uint8Array,
  { before, joinWithin }: LookUpOptions = {},
): Promise<LookedUp> {
  const waves = countingWaves(storage, joinWithin);
  const files = new BlockFiles(waves.storage);
  if (before !== undefined) await readTrace(files, block, wantedTrace(before), { requests: 0, bytes: 0 });
  waves.restart();
  const count = { requests: 0, bytes: 0 };
  await readTrace(files, block, wantedTrace(id), count);
  return { ...count, waves: waves.count() };
}

async function someIds(path: string, count: number): Promise<readonly Uint8Array[]> {
  const db = await Database.open();
  try {
    const rows = await db.rows(
      plainSql(
        `SELECT TraceID FROM read_parquet(${stringLiteral(path)}) ORDER BY hash(TraceID) LIMIT ${count}`,
      ),
    );
    return rows.flatMap(([id]) => (id instanceof Uint8Array ? [id] : []));
  } finally {
    db.close();
  }
}

/** The same blocks in a folder and in a bucket whose answers all come later. */
async function waits(ask: Ask, delay: number, directory: string): Promise<void> {
  multiplyBlocks(SMALL_BLOCKS, COPIES, directory);
  const store = new MemoryStore();
  for (const name of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    if (!name.isFile()) continue;
    const path = join(name.parentPath, name.name);
    store.put(path.slice(join(directory, 'blocks').length + 1), readFileSync(path));
  }
  const rules = shopRules();
  const local = localStorage(directory);
  const bucket = storageOf(store);
  const times = { local: [] as number[], bucket: [] as number[], late: [] as number[] };
  let asked = 0;
  let violations: readonly number[] = [];
  const timed = async (into: number[], storage: Storage): Promise<void> => {
    const start = performance.now();
    const result = await ask(storage, rules);
    into.push(performance.now() - start);
    const found = result.rules.map((rule) => rule.violated);
    if (violations.length > 0 && found.join() !== violations.join())
      throw new Error('the bucket gives other violations');
    violations = found;
  };
  await ask(local, rules);
  for (let run = 0; run < RUNS; run++) {
    await timed(times.local, local);
    store.before = () => undefined;
    await timed(times.bucket, bucket);
    store.before = async () => await new Promise((resolve) => void setTimeout(resolve, delay));
    store.forget();
    await timed(times.late, bucket);
    asked = store.asked.length;
  }
  const [inFolder, atOnce, later] = [times.local, times.bucket, times.late].map(medianOf);
  line(`\n12 rules over ${2 * COPIES} blocks with an empty cache; median of ${RUNS} runs, in milliseconds`);
  tableHead([
    'in a folder',
    'in a bucket',
    `with ${delay} ms added to each of ${asked} requests`,
    'of 2 × the folder + 1 s',
  ]);
  tableRow([
    inFolder!.toFixed(0),
    atOnce!.toFixed(0),
    later!.toFixed(0),
    `${(later! / (2 * inFolder! + 1000)).toFixed(2)} ×`,
  ]);
}
