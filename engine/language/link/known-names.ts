import { LetTable } from '../check/names/let-facts.js';
import { type ListValues, type ReadList, valuesOfList } from '../scope/lists.js';
import { buildScopes, type ResolveUse, type Scopes } from '../scope/scope.js';
import type { Item } from '../tree/ast.js';
import { localItems } from './local-items.js';
import type { ParsedFile } from './resolved.js';

/** What decides the meaning of names, of one file. */
interface NamesOfFile {
  readonly file: ParsedFile;
  /** Patterns, lists and uses. */
  readonly items: readonly Item[];
  /** The file that each use leads to, and the values of each list. */
  readonly meanings: readonly (string | ListValues | undefined)[];
}

/** What all names of a workspace mean. It stays the same object for as long as no edit changes that. */
export interface KnownNames {
  readonly scopes: Scopes;
  readonly lets: LetTable;
  readonly files: ReadonlyMap<string, NamesOfFile>;
}

export function knownNames(
  parsed: ReadonlyMap<string, ParsedFile>,
  resolve: ResolveUse,
  readList: ReadList,
  before: KnownNames | undefined,
): KnownNames {
  const files = new Map<string, NamesOfFile>();
  for (const [path, file] of parsed) {
    const known = before?.files.get(path);
    const items = known?.file === file ? known.items : localItems(file).filter(hasName);
    const meanings = items.map((item) => {
      if (item.kind === 'list') return valuesOfList(path, item, readList);
      const target = item.kind === 'use' ? resolve(path, item.path.value) : undefined;
      return target !== undefined && parsed.has(target) ? target : undefined;
    });
    files.set(path, { file, items, meanings });
  }
  if (before !== undefined && areSame(before.files, files)) return { ...before, files };
  const local = new Map(
    [...parsed].map(([path, file]) => [path, { path, file: { items: localItems(file) } }]),
  );
  const scopes = buildScopes(local, resolve, readList);
  return { scopes, lets: new LetTable(scopes), files };
}

function hasName({ kind }: Item): boolean {
  return kind === 'let' || kind === 'list' || kind === 'use';
}

function areSame(before: ReadonlyMap<string, NamesOfFile>, after: ReadonlyMap<string, NamesOfFile>): boolean {
  if (before.size !== after.size) return false;
  const others = before.entries();
  for (const [path, { items, meanings }] of after) {
    // The order of files decides which of two names counts.
    const [other, known] = others.next().value as [string, NamesOfFile];
    const isSame =
      other === path &&
      known.items.length === items.length &&
      items.every((item, index) => item === known.items[index] && meanings[index] === known.meanings[index]);
    if (!isSame) return false;
  }
  return true;
}
