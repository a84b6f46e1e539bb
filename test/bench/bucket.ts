/** The requests of a replay to a bucket, and how long it waits where every answer takes its time. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFlatCache } from '../../engine/blocks/cache/cache.js';
import { FlattenPool } from '../../engine/blocks/flatten/pool.js';
import { listBlocks } from '../../engine/blocks/listing/block-list.js';
import { findTenants } from '../../engine/blocks/listing/tenants.js';
import type { Storage } from '../../engine/blocks/storage.js';
import { localStorage } from '../../engine/blocks/storage-local.js';
import type { ResolvedRule } from '../../engine/language/link/resolved.js';
import { replay } from '../../engine/replay/replay.js';
import type { ReplayResult } from '../../engine/replay/result.js';
import { RunDatabases } from '../../engine/spans/run-databases.js';
import { MemoryStore, storageOf } from '../blocks/buckets/memory-store.js';
import { benchBlocks, multiplyBlocks, SMALL_BLOCKS } from './blocks.js';
import { countingStorage } from './counting-storage.js';
import { ruleOf, shopRules } from './rules.js';
import { line, medianOf, tableHead, tableRow } from './times.js';

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
    ['the 12 of queries/shop', shopRules(), [100]],
  ] as const;
  for (const [called, rules, limits] of kinds)
    for (const limit of limits) {
      const counted = { requests: 0, bytes: 0 };
      await ask(countingStorage(local, counted), rules, limit);
      const { requests, bytes } = counted;
      const share = `${((100 * bytes) / size).toFixed(1)} %`;
      tableRow([called, `${limit}`, `${requests}`, (bytes / 1e6).toFixed(1), share]);
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
