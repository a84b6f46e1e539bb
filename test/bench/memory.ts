/** Peak memory of the real command over more and more blocks, each in a process of its own. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { multiplyBlocks, SMALL_BLOCKS } from './blocks.js';
import { repeatRowGroups } from './row-groups.js';

/** `npm run` starts in the repository; the compiled file lies elsewhere. */
const ROOT = process.cwd();

/** Copies of the two small blocks. */
const SMALL_COPIES = 100;

/** Of those of the larger block. */
const ROW_GROUP_COPIES = [1, 5, 10];

/** Prints a line for each number of copies of the blocks, one for many small blocks, and two for a block of some and one of many row groups. */
export async function measureMemory(directory: string, copies: readonly number[]): Promise<void> {
  const counts = copies.length > 0 ? copies : [1, 5, 10, 20];
  for (const count of counts)
    await measureMade(`${String(count).padStart(3)} x`, (work) => multiplyBlocks(directory, count, work));
  await measureMade(`${2 * SMALL_COPIES} small blocks`, (work) =>
    multiplyBlocks(SMALL_BLOCKS, SMALL_COPIES, work),
  );
  for (const count of ROW_GROUP_COPIES)
    await measureMade(`1 block, its row groups ${count} x`, (work) =>
      repeatRowGroups(directory, count, work),
    );
}

async function measureMade(called: string, make: (work: string) => void): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'betrace-memory-'));
  try {
    make(work);
    const cold = await replayIn(work);
    const warm = await replayIn(work);
    process.stdout.write(`${called}: ${cold.spans} spans; cold ${shown(cold)}; warm ${shown(warm)}\n`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

export function shown({ seconds, cpu, megabytes }: Omit<Measured, 'spans'>): string {
  return `${seconds.toFixed(1)} s (${cpu.toFixed(1)} s of processors), peak RSS ${megabytes} MB`;
}

interface Measured {
  readonly spans: number;
  readonly seconds: number;
  /** Seconds of processors. */
  readonly cpu: number;
  readonly megabytes: number;
}

/** `betrace replay` over the blocks in `work`, by default of the 12 rules, with the cache there and as much memory as the command takes to be enough. */
export async function replayIn(
  work: string,
  {
    rules = join(ROOT, 'queries/shop'),
    cache = join(work, 'cache'),
    memory = '1GiB',
    more = [] as readonly string[],
  } = {},
): Promise<Measured> {
  const main = join(ROOT, 'dist/server/cli/main.js');
  const places = [rules, '--blocks', work, '--cache', cache];
  const args = ['replay', ...places, '--memory', memory, '--format', 'json', '--limit', '1', ...more];
  const script = `process.argv.splice(1, 0, ${JSON.stringify(main)}); process.on('exit', () => { const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage(); process.stderr.write('RSS ' + maxRSS + ' CPU ' + (userCPUTime + systemCPUTime) + '\\n'); }); await import(${JSON.stringify(main)});`;
  const start = performance.now();
  const child = spawn(process.execPath, ['--input-type=module', '-e', script, '--', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let errors = '';
  child.stdout.on('data', (data: Buffer) => {
    out += data.toString();
  });
  child.stderr.on('data', (data: Buffer) => {
    errors += data.toString();
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  const [, peak, cpu] = /RSS (\d+) CPU (\d+)/.exec(errors) ?? [];
  if ((code !== 0 && code !== 1) || peak === undefined)
    throw new Error(`replay ended with ${code}: ${errors}`);
  return {
    spans: (JSON.parse(out) as { spans: number }).spans,
    seconds: (performance.now() - start) / 1000,
    cpu: Number(cpu) / 1e6,
    megabytes: Math.round(Number(peak) / 1024),
  };
}
