import type { CheckedFile } from '../check/check-file.js';

import { selectionsOf } from '../check/queries/metrics.js';
import type { World } from '../check/world.js';
import type { Diagnostic } from '../problems/diagnostic.js';
import { bindingsOf } from '../scope/scope.js';
import type { Item, LetItem, Pipeline, RuleItem } from '../tree/ast.js';
import { namesOf, patternsOf } from '../tree/walk.js';
import { listUsesOf } from '../tree/walk-tree.js';
import { placeOf } from './local-items.js';
import type { ParsedFile } from './resolved.js';

/** Tells items that can be run from those with an error, in themselves or in a let they are made of. */
export class Soundness {
  private readonly lets = new Map<LetItem, boolean>();

  constructor(
    private readonly parsed: ReadonlyMap<string, ParsedFile>,
    private readonly checked: (path: string) => CheckedFile | undefined,
    private readonly world: World,
  ) {}

  /** No error in the text of the item itself. */
  item(path: string, item: Item): boolean {
    const isError = ({ severity }: Diagnostic): boolean => severity === 'error';
    const touches = ({ range: { start, end } }: Diagnostic): boolean =>
      start <= item.range.end && end >= item.range.start;
    const file = this.parsed.get(path);
    const syntax = file === undefined ? undefined : placeOf(file, item)?.read.diagnostics;
    return (
      !this.checked(path)?.items.get(item)?.diagnostics.some(isError) &&
      !syntax?.some((diagnostic) => isError(diagnostic) && touches(diagnostic))
    );
  }

  /** No error in the rule, nor in the lets and lists that it is made of. */
  rule(path: string, rule: RuleItem): boolean {
    if (!this.item(path, rule) || !this.lists(path, rule)) return false;
    const { pipelines, bound } = partsOf(rule);
    return pipelines
      .flatMap((pipeline) => [...namesOf(pipeline)])
      .every(({ node }) => bound.has(node.name.text) || this.named(path, node.name.text));
  }

  /** Whether every list that an item names is there, and its values are known. */
  private lists(path: string, item: Item): boolean {
    return listUsesOf(item).every(({ list }) => {
      const definition = this.world.scopes.get(path)?.lists.get(list.text);
      return definition?.values.kind === 'values' && this.item(definition.path, definition.item);
    });
  }

  private named(path: string, name: string): boolean {
    const definition = this.world.scopes.get(path)?.lets.get(name);
    if (!definition) return false;
    const { item } = definition;
    const known = this.lets.get(item);
    if (known !== undefined) return known;
    // A let that leads back here has an error of its own, so what is noted in the meantime does not matter.
    this.lets.set(item, false);
    const { fault } = this.world.lets.of(definition);
    const sound =
      fault === undefined &&
      this.item(definition.path, item) &&
      this.lists(definition.path, item) &&
      [...namesOf(item.value)].every(({ node }) => this.named(definition.path, node.name.text));
    this.lets.set(item, sound);
    return sound;
  }
}

/** Where a rule may name lets, and the names that it binds itself. */
function partsOf(rule: RuleItem): {
  readonly pipelines: readonly Pipeline[];
  readonly bound: ReadonlySet<string>;
} {
  switch (rule.kind) {
    case 'rule': {
      const patterns = rule.clauses.flatMap(({ condition }) => [...patternsOf(condition)]);
      return {
        pipelines: patterns.map(({ pattern }) => pattern.pipeline),
        bound: new Set(bindingsOf(rule)),
      };
    }
    case 'over rule': {
      const selections = rule.clauses.flatMap(({ test }) => [...selectionsOf(test.series)]);
      return { pipelines: selections.map(({ pipeline }) => pipeline), bound: new Set() };
    }
  }
}
