import type { Report } from '../problems/report.js';
import type { LetDefinition, ListDefinition, ResolvedUse, Scopes } from '../scope/scope.js';
import type { AnyRuleItem, Item, Range, TestItem } from '../tree/ast.js';
import type { FieldCatalogue } from '../tree/catalogue.js';
import type { KnownLet, KnownWorld } from './known-world.js';
import type { LetTable } from './names/let-facts.js';

/** A rule and where it is. */
export interface RulePlace {
  readonly path: string;
  readonly item: AnyRuleItem;
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

/** The names of the file that an item is in. */
export interface KnownScope {
  readonly uses: readonly ResolvedUse[];
  readonly lets: Lookup<KnownLet>;
  readonly lists: Lookup<ListDefinition>;
}

/** What one item is checked with. All offsets count from its own start. */
export interface ItemContext {
  readonly world: KnownWorld;
  readonly path: string;
  readonly scope: KnownScope;
  readonly report: Report;
  /** Whether the parser found an error in this range, so that what the tree has there may not be what was meant. */
  readonly broken: (range: Range) => boolean;
  /** The name that was most likely meant; less and less is offered where much is wrong. */
  readonly suggest: (word: string, candidates: Iterable<string>) => string | undefined;
  /** Marks a pattern or a list as used from this file. */
  readonly used: (
    definition: Pick<LetDefinition, 'path'> & { readonly item: { readonly name: { readonly text: string } } },
  ) => void;
}

/** A range of offsets that do not count from the start of the item that is checked, but from that of another. */
export interface RangeElsewhere extends Range {
  readonly within: { readonly path: string; readonly item: Item };
}

/** A range of an item as another item, of whatever file, may speak of it. */
export function rangeIn(
  { path, item }: { readonly path: string; readonly item: Item },
  { start, end }: Range,
): RangeElsewhere {
  return { start, end, within: { path, item } };
}
