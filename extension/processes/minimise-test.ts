import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

/**
 * The test of a rule in a text, without what its verdict does not need, by `betrace test --minimise`; undefined where the program
 * leaves it out, as it does not pass. What the text uses of other files has to be written out in it.
 */
export async function minimiseTest(
  program: string,
  text: string,
  { title, rule }: { readonly title: string; readonly rule: string },
  signal: AbortSignal,
): Promise<string | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'betrace-test-'));
  try {
    const file = join(folder, 'minimise.betrace');
    await writeFile(file, text);
    const args = ['test', '--minimise', '--filter', title, '--', file];
    const { stdout } = await promisify(execFile)(program, args, { signal }).catch(
      (error: NodeJS.ErrnoException & { readonly stdout?: string; readonly stderr?: string }) => {
        // Some test was left out.
        if (typeof error.code === 'number' && Number(error.code) === 1) return { stdout: error.stdout ?? '' };
        throw new Error(error.stderr?.trim() || `cannot run ${program}: ${error.message}`);
      },
    );
    const blocks = stdout.split(/^(?=test ")/mu);
    return blocks.find((block) => block.split('\n', 1)[0]?.endsWith(` of ${rule} {`))?.trimEnd();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
