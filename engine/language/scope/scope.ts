import type { CaseRuleItem, Item, LetItem, ListItem, UseItem } from '../tree/ast.js';
import { patternsOf } from '../tree/walk.js';
import { type ListValues, NO_LIST_FILES, type ReadList, valuesOfList } from './lists.js';

/** Finds the file that `use "path"` means, or nothing. Both are paths with `/`. */
export type ResolveUse = (from: string, usePath: string) => string | undefined;

export interface LetDefinition {
  /** The file it is in; the names in its value are looked up from there. */
  readonly path: string;
  readonly item: LetItem;
}

export interface ListDefinition {
  readonly path: string;
  readonly item: ListItem;
  readonly values: ListValues;
}

/** A `use` and the file it led to, if there is one. */
export interface ResolvedUse {
  readonly item: UseItem;
  readonly target?: string;
}

/** What the names of one file mean. */
export interface FileScope {
  readonly path: string;
  readonly uses: readonly ResolvedUse[];
  /** Own lets and the exported ones of used files; an own let hides a used one, the first used file a later one. */
  readonly lets: ReadonlyMap<string, LetDefinition>;
  /** The same of lists. No name is both. */
  readonly lists: ReadonlyMap<string, ListDefinition>;
}

export type Scopes = ReadonlyMap<string, FileScope>;

interface ScopedFile {
  readonly path: string;
  readonly file: { readonly items: readonly Item[] };
}

/**
 * The path that a `use` means, relative to the file it is in: `..` climbs, and `.betrace` may be left out. A path that
 * climbs past the top, or that no file has, gives nothing.
 */
export function relativeResolver(known: { has(path: string): boolean }): ResolveUse {
  return (from, usePath) => {
    const absolute = usePath.startsWith('/');
    const parts = absolute ? [] : from.split('/').slice(0, -1);
    for (const part of usePath.split('/')) {
      if (part === '' || part === '.') continue;
      if (part !== '..') parts.push(part);
      else if (parts.pop() === undefined) return undefined;
    }
    const joined = `${absolute ? '/' : ''}${parts.join('/')}`;
    return [joined, `${joined}.betrace`].find((candidate) => known.has(candidate));
  };
}

/** How a `use` in the file `from` names the file `to`. */
export function usePathTo(from: string, to: string): string {
  const folders = from.split('/').slice(0, -1);
  const parts = to.split('/');
  let shared = 0;
  while (shared < Math.min(folders.length, parts.length - 1) && folders[shared] === parts[shared]) shared++;
  const up = folders.slice(shared).map(() => '..');
  return [...(up.length === 0 ? ['.'] : up), ...parts.slice(shared)].join('/');
}

/** Works out what every name of every file means. Lets that are there twice keep their first meaning. */
export function buildScopes(
  files: ReadonlyMap<string, ScopedFile>,
  resolve: ResolveUse,
  readList: ReadList = NO_LIST_FILES,
): Scopes {
  const scopes = new Map<string, FileScope>();
  for (const { path, file } of files.values()) {
    const uses = file.items
      .filter((item) => item.kind === 'use')
      .map((item): ResolvedUse => {
        const target = resolve(path, item.path.value);
        return target !== undefined && files.has(target) ? { item, target } : { item };
      });
    const lets = new Map<string, LetDefinition>();
    const lists = new Map<string, ListDefinition>();
    const define = (from: string, item: LetItem | ListItem): void => {
      const name = item.name.text;
      if (lets.has(name) || lists.has(name)) return;
      if (item.kind === 'let') lets.set(name, { path: from, item });
      else lists.set(name, { path: from, item, values: valuesOfList(from, item, readList) });
    };
    for (const item of namedItemsOf(file)) define(path, item);
    for (const { target } of uses) {
      const used = target === undefined || target === path ? undefined : files.get(target);
      for (const item of used ? namedItemsOf(used.file) : []) if (item.exported) define(used!.path, item);
    }
    scopes.set(path, { path, uses, lets, lists });
  }
  return scopes;
}

/** The patterns and lists of one file, in the order of the text. */
export function namedItemsOf(file: { readonly items: readonly Item[] }): readonly (LetItem | ListItem)[] {
  return file.items.filter((item) => item.kind === 'let' || item.kind === 'list');
}

/** The names that a rule's `when` binds, in the order of the text. */
export function bindingsOf(rule: CaseRuleItem): readonly string[] {
  const names = new Set<string>();
  for (const clause of rule.clauses) {
    if (clause.kind !== 'when') continue;
    for (const { pattern } of patternsOf(clause.condition)) if (pattern.as) names.add(pattern.as.text);
  }
  return [...names];
}
