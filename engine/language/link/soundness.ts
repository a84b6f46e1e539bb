import type { CheckedFile } from '../check/check-file.js';
import type { World } from '../check/context.js';
import { selectionsOf } from '../check/metrics.js';
import type { Diagnostic } from '../problems/diagnostic.js';
import { bindingsOf } from '../scope/scope.js';
import type { Item, LetItem, OverRuleItem, RuleItem } from '../tree/ast.js';
import { namesOf, patternsOf } from '../tree/walk.js';
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
    if (this.checked(path)?.faulty.has(item)) return false;
    const touches = (diagnostic: Diagnostic): boolean =>
      diagnostic.severity === 'error' &&
      diagnostic.range.start <= item.range.end &&
      diagnostic.range.end >= item.range.start;
    return !this.parsed.get(path)?.syntax.some(touches);
  }

  rule(path: string, rule: RuleItem): boolean {
    if (!this.item(path, rule)) return false;
    const bound = new Set(bindingsOf(rule));
    for (const clause of rule.clauses) {
      for (const { pattern } of patternsOf(clause.condition)) {
        for (const { node } of namesOf(pattern.pipeline)) {
          if (!bound.has(node.name.text) && !this.named(path, node.name.text)) return false;
        }
      }
    }
    return true;
  }

  overRule(path: string, rule: OverRuleItem): boolean {
    if (!this.item(path, rule)) return false;
    for (const { test } of rule.clauses) {
      for (const { pipeline } of selectionsOf(test.series)) {
        for (const { node } of namesOf(pipeline)) if (!this.named(path, node.name.text)) return false;
      }
    }
    return true;
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
      [...namesOf(item.value)].every(({ node }) => this.named(definition.path, node.name.text));
    this.lets.set(item, sound);
    return sound;
  }
}
