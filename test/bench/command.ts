import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../server/cli/main.js', import.meta.url));

/**
 * What a person waits for: milliseconds of `betrace replay` with the rules of queries/shop in a process of its own, from its start to
 * its end, with code that has not run before.
 */
export function measureCommand(blocks: string, cache: string): number {
  const rules = join(process.cwd(), 'queries/shop');
  const started = performance.now();
  const { status, stderr } = spawnSync(
    process.execPath,
    [MAIN, 'replay', rules, '--blocks', blocks, '--cache', cache],
    { encoding: 'utf8', maxBuffer: 2 ** 26 },
  );
  if (status !== 0 && status !== 1) throw new Error(`betrace replay failed: ${stderr}`);
  return performance.now() - started;
}
