/** What a replay of more than one machine holds comes to: what is measured here of a byte of blocks, multiplied. */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFlatCache } from '../../engine/blocks/cache/cache.js';
import { FlattenPool } from '../../engine/blocks/flatten/pool.js';
import { listBlocks } from '../../engine/blocks/listing/block-list.js';
import { findTenants } from '../../engine/blocks/listing/tenants.js';
import { localStorage } from '../../engine/blocks/storage-local.js';
import type { ResolvedRule } from '../../engine/language/link/resolved.js';
import { replay } from '../../engine/replay/replay.js';
import { benchBlocks } from './blocks.js';
import { countingStorage, type ReadCounts } from './counting-storage.js';
import { fiftyRules, ruleOf, shopRules } from './rules.js';
import { line, medianOf, tableHead, tableRow } from './times.js';

const ABSENCE =
  'rule absence { when { name = "payment.charge_card" && span.amount > 1000 } always { name = "fraud.check" } }';

const TERABYTES = [1, 100, 1000];
const RUNS = 3;

/** US dollars, as clouds list them without any discount: a core of a machine for an hour, and a thousand reads of an object. */
const CORE_HOUR = 0.041;
const THOUSAND_READS = 0.0004;

interface Cost extends ReadCounts {
  /** Milliseconds of processors. */
  readonly cpu: number;
  /** Bytes of the flat files that a process keeps of it. */
  readonly flat: number;
}

export async function measureScale(): Promise<void> {
  const { name, directory } = benchBlocks();
  const { tenants } = await findTenants(localStorage(directory));
  const { blocks } = await listBlocks(localStorage(directory), tenants[0]!);
  const size = blocks.reduce((sum, block) => sum + block.size, 0);
  line(
    `\nread of ${name} as of a bucket, with an empty cache; medians of ${RUNS} runs, of a megabyte of blocks`,
  );
  tableHead(['rules', 'cpu, ms', 'read, kB', 'requests', 'kept, kB']);
  const kinds = [
    ['one absence rule', ruleOf(ABSENCE)],
    ['the 12 of queries/shop', shopRules()],
    ['50', fiftyRules()],
  ] as const;
  const costs: (readonly [string, Cost])[] = [];
  for (const [called, rules] of kinds) {
    const runs: Cost[] = [];
    for (let run = 0; run < RUNS; run++) runs.push(await costOf(directory, rules));
    const cost = {
      cpu: medianOf(runs.map(({ cpu }) => cpu)),
      bytes: medianOf(runs.map(({ bytes }) => bytes)),
      requests: medianOf(runs.map(({ requests }) => requests)),
      flat: medianOf(runs.map(({ flat }) => flat)),
    };
    costs.push([called, cost]);
    const each = (total: number, digits: number): string => ((total / size) * 1e6).toFixed(digits);
    const { cpu, bytes, requests, flat } = cost;
    tableRow([called, each(cpu, 1), each(bytes / 1000, 0), each(requests, 2), each(flat / 1000, 0)]);
  }
  line('\nand so many times as much:');
  tableHead([
    'rules',
    'blocks',
    'hours of one core',
    'read',
    'requests',
    'US dollars',
    'hours with 64 cores',
  ]);
  for (const [called, { cpu, bytes, requests }] of costs)
    for (const terabytes of TERABYTES) {
      const times = (terabytes * 1e12) / size;
      const hours = (cpu * times) / 3_600_000;
      const dollars = hours * CORE_HOUR + ((requests * times) / 1000) * THOUSAND_READS;
      tableRow([
        called,
        terabytes < 1000 ? `${terabytes} TB` : `${terabytes / 1000} PB`,
        short(hours),
        `${short((bytes * times) / 1e12)} TB`,
        short(requests * times),
        short(dollars),
        short(hours / 64),
      ]);
    }
}

/** Two significant digits, without an exponent. */
function short(value: number): string {
  const digits = Math.max(0, 1 - Math.floor(Math.log10(value)));
  const scale = 10 ** Math.max(0, Math.floor(Math.log10(value)) - 1);
  return value >= 10 ? (Math.round(value / scale) * scale).toLocaleString('en-GB') : value.toFixed(digits);
}

async function costOf(directory: string, rules: readonly ResolvedRule[]): Promise<Cost> {
  const counted = { requests: 0, bytes: 0 };
  const storage = countingStorage(localStorage(directory), counted);
  const { tenants } = await findTenants(storage);
  const work = mkdtempSync(join(tmpdir(), 'betrace-scale-'));
  const flatten = new FlattenPool({ storage });
  const cache = openFlatCache({ directory: join(work, 'cache') });
  const before = process.cpuUsage();
  try {
    await replay({
      ...{ storage, tenant: tenants[0]!, rules, cache, flatten, window: {}, limit: 3 },
      ...{ memory: 2 ** 30, tempDirectory: join(work, 'tmp') },
    });
    const { user, system } = process.cpuUsage(before);
    return { ...counted, cpu: (user + system) / 1000, flat: bytesIn(cache.directory) };
  } finally {
    await flatten.close();
    rmSync(work, { recursive: true, force: true });
  }
}

function bytesIn(directory: string): number {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0);
}
