import { spawn } from 'node:child_process';
import type { TestReport } from '../tests/test-report.js';

/** Larger output is no report. */
const MOST_BYTES = 64 * 1024 * 1024;

/** Runs the tests of files by `betrace test`. Rejects with what the program says if it says no more than that. */
export async function runTests(
  program: string,
  files: readonly string[],
  signal: AbortSignal,
): Promise<TestReport> {
  const child = spawn(program, ['test', '--format', 'json', '--', ...files], {
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
  });
  let out = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (piece: string) => {
    out += piece;
    if (out.length > MOST_BYTES) child.kill();
  });
  child.stderr.setEncoding('utf8').on('data', (piece: string) => {
    errors = (errors + piece).slice(-4000);
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', (error) => reject(new Error(`cannot run ${program}: ${error.message}`)));
    child.once('close', resolve);
  });
  // 1: some test failed, which the report says.
  if (code !== 0 && code !== 1) throw new Error(errors.trim() || `${program} test ended with ${code}`);
  return JSON.parse(out) as TestReport;
}
