import type { ListDefinition, ResolvedUse, Scopes } from '../scope/scope.js';
import type { Item, LetItem, RuleItem, TestItem } from '../tree/ast.js';
import type { FieldCatalogue } from '../tree/catalogue.js';
import type { LetTable } from './names/let-facts.js';

/** A rule and where it is. */
export interface RulePlace {
  readonly path: string;
  readonly item: RuleItem;
  /** Whether the parser found an error in it, so that the tree may not have what was meant. */
  readonly isBroken: boolean;
}

/** A test and where it is. */
export interface TestPlace {
  readonly path: string;
  readonly item: TestItem;
}

/** A table of which one entry, or its keys, are looked at. */
export interface Lookup<V> {
  get(key: string): V | undefined;
  keys(): Iterable<string>;
}

/** What all files of a workspace share while they are checked. Offsets in items count from the start of each. */
export interface World {
  readonly scopes: Scopes;
  readonly lets: LetTable;
  /** By id, in the order of files and text. */
  readonly rules: ReadonlyMap<string, readonly RulePlace[]>;
  /** The first test of each rule and title, by `titleKey`. */
  readonly tests: ReadonlyMap<string, TestPlace>;
  /** By path. */
  readonly items: ReadonlyMap<string, readonly Item[]>;
  readonly catalogue?: FieldCatalogue;
}

const titleKeys = new WeakMap<TestItem, string>();

export function titleKey(test: TestItem): string {
  const key = titleKeys.get(test) ?? JSON.stringify([test.rule.text, test.title.value]);
  titleKeys.set(test, key);
  return key;
}

/** A pattern as it is known where it is only mentioned: for its value ask `KnownWorld.letNamed`. */
export interface KnownLet {
  readonly path: string;
  readonly item: Pick<LetItem, 'kind' | 'exported' | 'name' | 'parameters'>;
}

/** The names of the file that an item is in. */
export interface KnownScope {
  readonly uses: readonly ResolvedUse[];
  readonly lets: Lookup<KnownLet>;
  readonly lists: Lookup<ListDefinition>;
}
