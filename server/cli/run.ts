import { StorageError } from '../../engine/blocks/storage.js';
import { STORAGE_CODES } from '../../engine/blocks/storage-code.js';
import { suggest } from '../../engine/language/problems/spelling.js';
import { UnreadableLog } from '../../engine/live/log/unreadable.js';
import { messageOf } from '../../engine/shared/message-of.js';
import { printable, printableLines } from '../shared/printable.js';
import { StartError } from '../shared/start-error.js';
import { MORE_FILES, systemErrorText, tooFewFiles } from '../shared/system-error.js';
import type { Terminal } from '../shared/terminal.js';
import { UsageError } from '../shared/usage-error.js';
import { version } from '../shared/version.js';
import { commandHelp, generalHelp } from './args/help.js';
import { COMMANDS } from './commands.js';

/** A defect of betrace itself: sysexits.h EX_SOFTWARE. */
const EXIT_DEFECT = 70;
/** Wrong usage, or a machine that refuses a request. */
export const EXIT_USAGE = 2;

/** Runs one command line (without node and script) to its exit code. Never rejects. */
export async function runCli(args: readonly string[], terminal: Terminal): Promise<number> {
  const [name = '', ...rest] = args;
  try {
    return await dispatch(name, rest, terminal);
  } catch (error) {
    const command = COMMANDS.some((entry) => entry.name === name) ? `betrace ${name}` : 'betrace';
    const prefix = terminal.errStyle.red(`${command}:`);
    if (error instanceof UsageError) {
      terminal.err(`${prefix} ${printableLines(error.message)}\nSee ${command} --help.\n`);
      return EXIT_USAGE;
    }
    if (error instanceof StartError) {
      terminal.err(`${prefix} ${printable(error.message)}\n`);
      return EXIT_USAGE;
    }
    const refused = refusalText(error);
    if (refused !== undefined) {
      terminal.err(`${prefix} ${printable(refused)}\n`);
      return EXIT_USAGE;
    }
    terminal.err(`${prefix} unexpected error, please report it: ${printable(messageOf(error))}\n`);
    if (process.env.BETRACE_DEBUG && error instanceof Error)
      terminal.err(`${printableLines(error.stack ?? '')}\n`);
    else terminal.err('Set BETRACE_DEBUG=1 to see where it happened.\n');
    return EXIT_DEFECT;
  }
}

async function dispatch(name: string, args: readonly string[], terminal: Terminal): Promise<number> {
  if (name === '' || name === '-h' || name === '--help' || (name === 'help' && args.length === 0)) {
    terminal.out(generalHelp(COMMANDS));
    return name === '' ? EXIT_USAGE : 0;
  }
  if (name === '-V' || name === '--version') {
    terminal.out(`betrace ${await version()}\n`);
    return 0;
  }
  if (name === 'help') return await dispatch(args[0] ?? '', ['--help'], terminal);
  const entry = COMMANDS.find((candidate) => candidate.name === name);
  if (!entry) {
    const what = name.startsWith('-') ? 'option' : 'command';
    const guess = suggest(
      name,
      COMMANDS.map((command) => command.name),
    );
    throw new UsageError(`unknown ${what} "${name}".${guess ? ` Did you mean ${guess}?` : ''}`);
  }
  const command = await entry.load();
  const separator = args.indexOf('--');
  const flags = separator < 0 ? args : args.slice(0, separator);
  if (flags.includes('--help') || flags.includes('-h')) {
    terminal.out(commandHelp(command));
    return 0;
  }
  return await command.start(args, terminal);
}

/** What the machine or the storage refuses is not a defect: a full disk, no permission. Undefined for what may be one. */
function refusalText(error: unknown): string | undefined {
  const most = isForWantOfFiles(error) ? tooFewFiles() : undefined;
  if (most !== undefined)
    return `BT5044: the process may have ${most} files open at once, which is too few: ${MORE_FILES}.`;
  if (error instanceof StorageError)
    return `${STORAGE_CODES[error.kind]}: ${error.path || 'the storage'} ${error.message}`;
  if (error instanceof UnreadableLog) return messageOf(error);
  return systemErrorText(error);
}

/** Node tells a module that it could not open as one that is not there. */
function isForWantOfFiles(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'ERR_MODULE_NOT_FOUND' || code === 'EMFILE' || code === 'ENFILE';
}
