import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { runCli } from '../../../server/cli/run.js';
import { styleFor, type Terminal } from '../../../server/shared/terminal.js';
import { MAIN } from '../../support/command.js';

export const FIXTURES = fileURLToPath(new URL('../../fixtures/blocks', import.meta.url));

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** An open file to write to; a pipe to this process otherwise. */
  readonly stdout?: number;
  /** Another user to run as; only root may. */
  readonly uid?: number;
}

export interface RunResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/** Starts the real command. */
export function startBetrace(
  args: readonly string[],
  { cwd, env, stdout, uid }: RunOptions = {},
): ChildProcess {
  const { NO_COLOR: _, FORCE_COLOR: __, BETRACE_CACHE: ___, GITHUB_WORKSPACE: ____, ...rest } = process.env;
  return spawn(process.execPath, [MAIN, ...args], {
    ...(cwd !== undefined && { cwd }),
    ...(uid !== undefined && { uid }),
    env: { ...rest, ...env },
    stdio: ['ignore', stdout ?? 'pipe', 'pipe'],
  });
}

export async function betrace(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const child = startBetrace(args, options);
  let out = '';
  let err = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
    out += chunk;
  });
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    err += chunk;
  });
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, out, err };
}

/** A terminal that keeps what is written. */
export function recorder(): Terminal & { readonly text: { out: string; err: string } } {
  const text = { out: '', err: '' };
  return {
    text,
    out: (more) => {
      text.out += more;
    },
    err: (more) => {
      text.err += more;
    },
    width: 100,
    outStyle: styleFor(false),
    errStyle: styleFor(false),
    interactive: false,
    outInteractive: false,
    unicode: true,
  };
}

/** Runs a command line in this process, which is faster than `betrace`. */
export async function runHere(...args: readonly string[]): Promise<Omit<RunResult, 'signal'>> {
  const terminal = recorder();
  const code = await runCli(args, terminal);
  return { code, ...terminal.text };
}
