/** Peak memory of the real command over more and more blocks, each in a process of its own. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { multiplyBlocks } from './blocks.js';

/** `npm run` starts in the repository; the compiled file lies elsewhere. */
const ROOT = process.cwd();

/** Prints a line for each number of copies of the blocks. */
export async function measureMemory(directory: string, copies: readonly number[]): Promise<void> {
  const counts = copies.length > 0 ? copies : [1, 5, 10, 20];
  for (const count of counts) {
    const work = mkdtempSync(join(tmpdir(), 'betrace-memory-'));
    try {
      multiplyBlocks(directory, count, work);
      const cold = await replayIn(work);
      const warm = await replayIn(work);
      process.stdout.write(
        `${String(count).padStart(3)} x: ${cold.spans} spans; cold ${cold.seconds.toFixed(1)} s, peak RSS ${cold.megabytes} MB; warm ${warm.seconds.toFixed(1)} s, peak RSS ${warm.megabytes} MB\n`,
      );
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }
}

interface Measured {
  readonly spans: number;
  readonly seconds: number;
  readonly megabytes: number;
}

async function replayIn(work: string): Promise<Measured> {
  const main = join(ROOT, 'dist/server/cli/main.js');
  const args = [
    'replay',
    join(ROOT, 'queries/shop'),
    '--blocks',
    work,
    '--cache',
    join(work, 'cache'),
    '--format',
    'json',
    '--limit',
    '1',
  ];
  const script = `process.argv.splice(1, 0, ${JSON.stringify(main)}); process.on('exit', () => process.stderr.write('RSS ' + process.resourceUsage().maxRSS + '\\n')); await import(${JSON.stringify(main)});`;
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
  const peak = /RSS (\d+)/.exec(errors)?.[1];
  if ((code !== 0 && code !== 1) || peak === undefined)
    throw new Error(`replay ended with ${code}: ${errors}`);
  return {
    spans: (JSON.parse(out) as { spans: number }).spans,
    seconds: (performance.now() - start) / 1000,
    megabytes: Math.round(Number(peak) / 1024),
  };
}
