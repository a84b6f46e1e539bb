/**
 * The command as one file, and its code as the engine compiled it: to find, read and compile some hundred modules takes longer than most
 * commands take. `server/bundle.mjs` makes both; without them the modules are loaded one by one.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { Script } from 'node:vm';

type CommandModule = typeof import('./start-command.js');

export const BUNDLE = fileURLToPath(new URL('../betrace.cjs', import.meta.url));
/** Refused by another version of Node than it was made with, which then compiles what it needs. */
export const BUNDLE_CODE = fileURLToPath(new URL('../betrace.code', import.meta.url));

/** What the bundle calls in the place of `import`, which code that was compiled before does not have. */
export const IMPORT = '__import';

/** Commands that are no part of it: those who serve others start once a day, and are as large as all others together. */
export const UNBUNDLED: readonly string[] = ['serve', 'lsp'];

/** Whether the first argument asks for more than a text that needs no command. */
export function isBundled(first: string | undefined): boolean {
  return first !== undefined && !first.startsWith('-') && !UNBUNDLED.includes(first);
}

/** Undefined where there is no bundle. `script` can be asked for its code. */
export function bundled(): { readonly script: Script; readonly exports: CommandModule } | undefined {
  const source = read(BUNDLE)?.toString();
  if (source === undefined) return undefined;
  const cachedData = read(BUNDLE_CODE);
  const script = new Script(`(function (module, exports, require, __filename, ${IMPORT}) {${source}\n})`, {
    filename: BUNDLE,
    ...(cachedData && { cachedData }),
  });
  const module = { exports: {} };
  const run = script.runInThisContext() as (...values: readonly unknown[]) => void;
  const load = async (path: string): Promise<unknown> => await import(path);
  run(module, module.exports, createRequire(BUNDLE), BUNDLE, load);
  return { script, exports: module.exports as CommandModule };
}

function read(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
