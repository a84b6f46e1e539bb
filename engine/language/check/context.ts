import type { Report } from '../problems/report.js';
import type { FileScope, LetDefinition, ListDefinition, Scopes } from '../scope/scope.js';
import type { AnyRuleItem, Item, Range, TestItem } from '../tree/ast.js';
import type { FieldCatalogue } from '../tree/catalogue.js';
import type { LetTable } from './names/let-facts.js';
import type { Lookup } from './tracked-reads.js';

/** A rule and where it is. */
export interface RulePlace {
  readonly path: string;
  readonly item: AnyRuleItem;
}

/** A test and where it is. */
export interface TestPlace {
  readonly path: string;
  readonly item: TestItem;
}

/** What all files of a workspace share while they are checked. */
export interface World {
  readonly scopes: Scopes;
  readonly lets: LetTable;
  /** By id, in the order of files and text. */
  readonly rules: Lookup<readonly RulePlace[]>;
  /** The first test of each rule and title, by `titleKey`. */
  readonly tests: Lookup<TestPlace>;
  /** By path. */
  readonly items: Lookup<readonly Item[]>;
  readonly catalogue?: FieldCatalogue;
}

export function titleKey(test: TestItem): string {
  return JSON.stringify([test.rule.text, test.title.value]);
}

/** What one item is checked with. */
export interface ItemContext {
  readonly world: World;
  readonly path: string;
  readonly scope: FileScope;
  readonly report: Report;
  /** Whether the parser found an error in this range, so that what the tree has there may not be what was meant. */
  readonly broken: (range: Range) => boolean;
  /** The name that was most likely meant; less and less is offered where much is wrong. */
  readonly suggest: (word: string, candidates: Iterable<string>) => string | undefined;
  /** Marks a pattern or a list as used from this file. */
  readonly used: (definition: LetDefinition | ListDefinition) => void;
}
