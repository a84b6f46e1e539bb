import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Sample } from './port.js';

/** Where the program has the example rules and traces that come with it, as `betrace demo --files` prints it. */
export async function sampleOf(program: string, signal: AbortSignal): Promise<Sample> {
  const { stdout } = await promisify(execFile)(program, ['demo', '--files'], { signal }).catch(
    (error: NodeJS.ErrnoException & { readonly stderr?: string }) => {
      throw error.code === 'ENOENT'
        ? new Error(`cannot run ${program}: install it (npm install -g betrace), or set betrace.path`)
        : new Error(error.stderr?.trim() || `cannot run ${program}: ${error.message}`);
    },
  );
  return JSON.parse(stdout) as Sample;
}
