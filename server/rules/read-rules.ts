/** Rule files, folders of them, and patterns, read from disk with whatever they `use`. */
import { readFile, stat } from 'node:fs/promises';
import { dirname, relative, resolve, sep } from 'node:path';
import { linkWorkspace } from '../../engine/language/link/link.js';
import { parseWorkspaceFile } from '../../engine/language/link/parsed-file.js';
import type {
  ParsedFile,
  ResolvedRule,
  ResolvedTest,
  Workspace,
} from '../../engine/language/link/resolved.js';
import { relativeResolver } from '../../engine/language/scope/scope.js';
import type { FieldCatalogue } from '../../engine/language/tree/catalogue.js';
import { UsageError } from '../shared/usage-error.js';
import { utf8Text } from '../shared/utf8.js';
import { filesUnder, glob, isGlob } from './glob.js';
import { type ListFiles, readListFiles } from './list-files.js';

const EXTENSION = '.betrace';

export interface LoadedRules {
  /** Every file that was read. Paths are absolute, with `/`; `displayPath` shortens them. */
  readonly workspace: Workspace;
  /** The files that were asked for; others were read only because one of these uses them. */
  readonly named: ReadonlySet<string>;
  /** The sound rules and tests of the files that were asked for. */
  readonly rules: readonly ResolvedRule[];
  readonly tests: readonly ResolvedTest[];
}

/** Files as the parser left them, not yet checked against each other. */
export interface ReadRules {
  /** By absolute path, with `/`. */
  readonly parsed: ReadonlyMap<string, ParsedFile>;
  /** The files that were asked for; others were read only because one of these uses them. */
  readonly named: ReadonlySet<string>;
  /** The files of the lists in them. */
  readonly lists: ListFiles;
}

/**
 * Parses the files that patterns mean and whatever they `use`. What is in `previous` with the same text is not parsed again.
 * Throws `UsageError` when a pattern names nothing, or a file cannot be read.
 */
export async function readRules(
  patterns: readonly string[],
  previous: ReadonlyMap<string, ParsedFile> = new Map(),
): Promise<ReadRules> {
  const named = new Set(await findRuleFiles(patterns));
  const parsed = new Map<string, ParsedFile>();
  const parse = async (path: string): Promise<ParsedFile> => {
    const text = await readRuleFile(path);
    const before = previous.get(path);
    return before?.text === text ? before : parseWorkspaceFile(path, text);
  };
  for (const path of named) parsed.set(path, await parse(path));
  await readUsed(parsed, parse);
  return { parsed, named, lists: await readListFiles(parsed) };
}

/** Throws `UsageError` when a pattern names nothing, or a file cannot be read. Mistakes in rules are diagnostics. */
export async function loadRules(
  patterns: readonly string[],
  options: { readonly catalogue?: FieldCatalogue } = {},
): Promise<LoadedRules> {
  const { parsed, named, lists } = await readRules(patterns);
  const workspace = linkWorkspace(parsed, relativeResolver(parsed), { ...options, readList: lists.read });
  return {
    workspace,
    named,
    rules: workspace.rules.filter(({ path }) => named.has(path)),
    tests: workspace.tests.filter(({ path }) => named.has(path)),
  };
}

/** The absolute paths that files, folders and patterns mean, in order, each once. */
export async function findRuleFiles(patterns: readonly string[]): Promise<readonly string[]> {
  if (patterns.length === 0) throw new UsageError('no rules given: name a file, a folder or a pattern.');
  const found = new Set<string>();
  for (const pattern of patterns) {
    for (const path of await findPattern(pattern)) found.add(portable(resolve(path)));
  }
  return [...found];
}

async function findPattern(pattern: string): Promise<readonly string[]> {
  const kind = await stat(pattern).catch(() => undefined);
  if (kind?.isDirectory()) {
    const files = await filesUnder(pattern, EXTENSION);
    if (files.length === 0) throw new UsageError(`the folder "${pattern}" holds no *${EXTENSION} file.`);
    return files;
  }
  if (kind) return [pattern];
  if (!isGlob(pattern)) throw new UsageError(`"${pattern}" does not exist.`);
  const files = await glob(portable(pattern));
  if (files.length === 0) throw new UsageError(`no file matches "${pattern}".`);
  return files;
}

/** Follows `use` from file to file. One that leads nowhere is for the checker to report. */
async function readUsed(
  parsed: Map<string, ParsedFile>,
  parse: (path: string) => Promise<ParsedFile>,
): Promise<void> {
  for (const { path, file } of parsed.values()) {
    for (const item of file.items) {
      if (item.kind !== 'use' || relativeResolver(parsed)(path, item.path.value) !== undefined) continue;
      const target = portable(resolve(dirname(path), item.path.value));
      for (const candidate of [target, target + EXTENSION]) {
        const kind = await stat(candidate).catch(() => undefined);
        if (!kind?.isFile()) continue; // reading a device might never end
        // A map that grows is iterated to its new end, so what this file uses is read too.
        parsed.set(candidate, await parse(candidate));
        break;
      }
    }
  }
}

/** The text of a rule file; throws `UsageError`. */
export async function readRuleFile(path: string): Promise<string> {
  const name = `"${displayPath(path)}"`;
  const bytes = await readFile(path).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new UsageError(`${name} cannot be read (${code}).`);
  });
  return utf8Text(bytes, name);
}

/** As a reader in the current folder would write it. */
export function displayPath(path: string, from = process.cwd()): string {
  const short = portable(relative(from, path));
  return short === '' || short === '..' || short.startsWith('../') ? path : short;
}

function portable(path: string): string {
  return sep === '/' ? path : path.split(sep).join('/');
}
