import { type LetDefinition, type ListDefinition, namedItemsOf, type ResolvedUse } from '../scope/scope.js';
import type { Item, LetItem, ListItem } from '../tree/ast.js';
import type { FieldCatalogue } from '../tree/catalogue.js';
import type { LetFacts } from './names/let-facts.js';
import { type NamedPlace, namesElsewhere } from './names/names-elsewhere.js';
import type { Reads } from './reads.js';
import type { KnownLet, KnownScope, Lookup, RulePlace, TestPlace, World } from './world.js';

/**
 * What the check of an item can find out about everything else. It notes all that was asked, as narrowly as it was asked, so that the
 * item is checked again only when one of the answers is another one.
 */
export class KnownWorld {
  /** Undefined once the check is done: what is kept of it must not keep the world of that moment. */
  private world: World | undefined;
  private readonly reads: Reads;

  constructor(world: World, reads: Reads) {
    this.world = world;
    this.reads = reads;
  }

  /** Nothing is asked any more. */
  close(): void {
    this.world = undefined;
  }

  get catalogue(): FieldCatalogue | undefined {
    return this.world?.catalogue;
  }

  scopeOf(path: string): KnownScope {
    const uses = (): readonly ResolvedUse[] =>
      this.ask('names', 'uses', ({ scopes }) => scopes.get(path)?.uses ?? [], areSameUses);
    return {
      get uses() {
        return uses();
      },
      lets: this.lookup<KnownLet>('let', ({ scopes }) => scopes.get(path)?.lets, isSameHead),
      lists: this.lookup<ListDefinition>('list', ({ scopes }) => scopes.get(path)?.lists, isSameList),
    };
  }

  /** What a name means in a file, with its value. */
  letNamed(path: string, name: string): LetDefinition | undefined {
    return this.ask(
      'names',
      `value ${name} ${path}`,
      ({ scopes }) => scopes.get(path)?.lets.get(name),
      (a, b) => a?.item === b?.item && a?.path === b?.path,
    );
  }

  /** What is wrong with a pattern that has a name, once the patterns that it is made of are filled in. */
  faultOf(definition: LetDefinition): LetFacts['fault'] {
    const { path, item } = definition;
    return this.derived(`fault of ${item.name.text} ${path}`, ({ lets }) => lets.of(definition).fault);
  }

  /** Anything else that follows from names; only the outcome matters, not how it came about. */
  derived<T extends string | number | boolean | undefined>(
    key: string,
    question: (world: Pick<World, 'scopes' | 'lets'>) => T,
  ): T {
    return this.ask('names', `derived ${key}`, question, Object.is);
  }

  /** The patterns and lists that a file exports, in the order of the text. */
  exportsOf(path: string): readonly (LetItem | ListItem)[] {
    return this.ask(
      'names',
      `exports ${path}`,
      ({ items }) => namedItemsOf({ items: items.get(path) ?? [] }).filter(({ exported }) => exported),
      (a, b) => sameElements(a, b, (x, y) => x.kind === y.kind && x.name.text === y.name.text),
    );
  }

  /** The first one of a name that a file exports. */
  exported(path: string, name: string): LetItem | ListItem | undefined {
    return this.ask(
      'names',
      `export ${name} ${path}`,
      ({ items }) =>
        namedItemsOf({ items: items.get(path) ?? [] }).find(
          (item) => item.exported && item.name.text === name,
        ),
      Object.is,
    );
  }

  /** A pattern of this name that would be meant if it were in reach of a file: the first that some file exports, else that a file in use keeps to itself. */
  letElsewhere(path: string, name: string): LetDefinition | undefined {
    return this.ask(
      'names',
      `elsewhere ${name}`,
      (world) => namesElsewhere(path, world).lets.get(name),
      (a, b) => a?.item === b?.item && a?.path === b?.path,
    );
  }

  /** The same of lists. */
  listElsewhere(path: string, name: string): NamedPlace<ListItem> | undefined {
    return this.ask(
      'names',
      `list elsewhere ${name}`,
      (world) => namesElsewhere(path, world).lists.get(name),
      (a, b) => a?.item === b?.item && a?.path === b?.path,
    );
  }

  /** The items that a new `use` would go behind, respectively before, in a file. */
  itemForUse(path: string): Item | undefined {
    return this.ask(
      'items',
      'use',
      ({ items }) => items.get(path)?.findLast(({ kind }) => kind === 'use') ?? items.get(path)?.[0],
      Object.is,
    );
  }

  /** Rules of one id, in the order of files and text. */
  rulesOf(id: string): readonly RulePlace[] {
    return this.ask(
      'items',
      `rule ${id}`,
      ({ rules }) => rules.get(id) ?? [],
      (a, b) => sameElements(a, b, (x, y) => x.item === y.item),
    );
  }

  get ruleIds(): readonly string[] {
    return this.ask('items', 'rule ids', ({ rules }) => [...rules.keys()], sameElements);
  }

  /** The first test of a rule and title, by `titleKey`. */
  testOf(key: string): TestPlace | undefined {
    return this.ask(
      'items',
      `test ${key}`,
      ({ tests }) => tests.get(key),
      (a, b) => a?.item === b?.item,
    );
  }

  /** Of all files. */
  get paths(): readonly string[] {
    return this.ask('items', 'paths', ({ items }) => [...items.keys()], sameElements);
  }

  private lookup<V>(
    what: string,
    table: (world: World) => ReadonlyMap<string, V> | undefined,
    same: (a: V | undefined, b: V | undefined) => boolean,
  ): Lookup<V> {
    return {
      get: (name) => this.ask('names', `${what} ${name}`, (world) => table(world)?.get(name), same),
      keys: () => this.ask('names', `${what}s`, (world) => [...(table(world)?.keys() ?? [])], sameElements),
    };
  }

  private ask<T>(
    about: 'names' | 'items',
    key: string,
    question: (world: World) => T,
    same: (a: T, b: T) => boolean,
  ): T {
    if (this.world === undefined) throw new Error('the check is done');
    return this.reads.ask(this.world, about, key, question, same);
  }
}

function areSameUses(a: readonly ResolvedUse[], b: readonly ResolvedUse[]): boolean {
  return sameElements(a, b, (x, y) => x.item === y.item && x.target === y.target);
}

function sameElements<T>(
  a: readonly T[],
  b: readonly T[],
  same: (a: T, b: T) => boolean = Object.is,
): boolean {
  return a.length === b.length && a.every((element, index) => same(element, b[index] as T));
}

/** Whether what mentions a pattern, and does not ask for its value, means the same by it. */
function isSameHead(a: KnownLet | undefined, b: KnownLet | undefined): boolean {
  if (a === undefined || b === undefined || a.item === b.item)
    return a?.item === b?.item && a?.path === b?.path;
  return (
    a.path === b.path &&
    a.item.exported === b.item.exported &&
    sameElements(a.item.parameters ?? [], b.item.parameters ?? [], (x, y) => x.text === y.text)
  );
}

function isSameList(a: ListDefinition | undefined, b: ListDefinition | undefined): boolean {
  return a?.item === b?.item && a?.path === b?.path && a?.values === b?.values;
}
