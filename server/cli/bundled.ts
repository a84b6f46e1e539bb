/**
 * Commands as one file, and their code as the engine compiled it: to find, read and compile some hundred modules takes longer than most
 * commands take. `server/bundle.mjs` makes both; without them the modules are loaded one by one.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';

type CommandModule = typeof import('./start-command.js');

/** What the bundle calls in the place of `import`, which code that was compiled before does not have. */
export const IMPORT = '__import';

export interface Bundle {
  readonly path: string;
  /** Refused by another version of Node than it was made with, which then compiles what it needs. */
  readonly code: string;
  readonly has: (command: string) => boolean;
}

/** Commands that are no part of the one of all others: each is as large as they are together. */
const APART: readonly string[] = ['serve', 'lsp'];

export const BUNDLES: readonly Bundle[] = [
  bundle('betrace', (command) => !APART.includes(command)),
  bundle('serve', (command) => command === 'serve'),
];

function bundle(name: string, has: Bundle['has']): Bundle {
  const file = (end: string): string => fileURLToPath(new URL(`../${name}.${end}`, import.meta.url));
  return { path: file('cjs'), code: file('code'), has };
}

/** The one with what the first argument asks for, if that is more than a text that needs no command. */
export function bundleOf(first: string | undefined): Bundle | undefined {
  if (first === undefined || first.startsWith('-')) return undefined;
  return BUNDLES.find(({ has }) => has(first));
}

/** Undefined where there is no such file. `script` can be asked for its code. */
export function loadBundle({
  path,
  code,
}: Bundle): { readonly script: Script; readonly exports: CommandModule } | undefined {
  const source = read(path)?.toString();
  if (source === undefined) return undefined;
  const cachedData = read(code);
  const script = new Script(`(function (module, exports, require, __filename, ${IMPORT}) {${source}\n})`, {
    filename: path,
    ...(cachedData && { cachedData }),
  });
  const module = { exports: {} };
  const run = script.runInThisContext() as (...values: readonly unknown[]) => void;
  const load = async (specifier: string): Promise<unknown> => await import(specifier);
  run(module, module.exports, createRequire(path), path, load);
  return { script, exports: module.exports as CommandModule };
}

function read(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
