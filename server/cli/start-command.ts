import { printable } from '../shared/printable.js';
import { terminalOf } from '../shared/terminal.js';
import { EXIT_USAGE, runCli } from './run.js';

/** Runs the command line of this process; its exit code is set once this has resolved. */
export async function startCommand(): Promise<void> {
  let unwritten = false;
  // A reader that has seen enough (`betrace replay … | head`) is no error, and the exit code still says what was found.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE' || unwritten) return;
    unwritten = true;
    process.stderr.write(`betrace: standard output: ${printable(error.message)}\n`);
    process.exitCode = EXIT_USAGE;
  });
  // There is no place left to say so.
  process.stderr.on('error', () => {});
  const code = await runCli(process.argv.slice(2), terminalOf(process.stdout, process.stderr, process.env));
  process.exitCode = unwritten ? EXIT_USAGE : code;
}
