import type { Condition, Field, File, Name, Range, RuleItem } from '../../engine/language/ast.js';
import { selectionsOf } from '../../engine/language/check/metrics.js';
import {
  fieldsOf,
  namesOf,
  patternsOf,
  pipelineFields,
  scalarFields,
} from '../../engine/language/check/walk.js';
import { bindingsOf, type FileScope } from '../../engine/language/scope.js';
import type { LanguageSymbol, Occurrence } from './symbol.js';

/** Every place of a file where a let, a bound span or a rule is defined or mentioned, in the order of the text. */
export function occurrencesIn(path: string, file: File, scope: FileScope | undefined): readonly Occurrence[] {
  const found: Occurrence[] = [];
  const add = (
    symbol: LanguageSymbol,
    role: Occurrence['role'],
    { range }: { readonly range: Range },
  ): void => {
    // What recovery made up takes no room in the text.
    if (range.start < range.end) found.push({ symbol, role, path, range });
  };
  const letNamed = ({ text }: Name): LanguageSymbol => {
    const definition = scope?.lets.get(text);
    return definition === undefined
      ? { kind: 'unknown', name: text }
      : { kind: 'let', path: definition.path, name: text };
  };
  for (const item of file.items) {
    switch (item.kind) {
      case 'use':
        break;
      case 'let':
        add({ kind: 'let', path, name: item.name.text }, 'definition', item.name);
        for (const { node } of namesOf(item.value)) add(letNamed(node.name), 'reference', node.name);
        break;
      case 'test':
        add({ kind: 'rule', id: item.rule.text }, 'reference', item.rule);
        break;
      case 'over rule':
        add({ kind: 'rule', id: item.id.text }, 'definition', item.id);
        for (const { test } of item.clauses)
          for (const { pipeline } of selectionsOf(test.series))
            for (const { node } of namesOf(pipeline)) add(letNamed(node.name), 'reference', node.name);
        break;
      case 'rule': {
        add({ kind: 'rule', id: item.id.text }, 'definition', item.id);
        const bindings = new Set(bindingsOf(item));
        const bound = (name: Name): LanguageSymbol => boundSpan(path, item, name);
        const named = (name: Name): LanguageSymbol =>
          bindings.has(name.text) ? bound(name) : letNamed(name);
        for (const clause of item.clauses)
          for (const mention of mentionsOf(clause.condition)) {
            if (mention.kind === 'as') add(bound(mention.name), 'definition', mention.name);
            else
              add(
                mention.kind === 'pattern' ? named(mention.name) : bound(mention.name),
                'reference',
                mention.name,
              );
          }
      }
    }
  }
  return found.sort((a, b) => a.range.start - b.range.start);
}

function boundSpan(path: string, rule: RuleItem, { text }: Name): LanguageSymbol {
  return { kind: 'bound', path, rule: rule.id.text, at: rule.range.start, name: text };
}

interface Mention {
  /** `as x`, a pattern's name, or the `x` of `x.span.amount`. */
  readonly kind: 'as' | 'pattern' | 'field';
  readonly name: Name;
}

function* mentionsOf(condition: Condition): Generator<Mention> {
  for (const { pattern } of patternsOf(condition)) {
    for (const { node } of namesOf(pattern.pipeline)) yield { kind: 'pattern', name: node.name };
    yield* boundNames(pipelineFields(pattern.pipeline));
    if (pattern.where !== undefined) yield* boundNames(fieldsOf(pattern.where));
    if (pattern.as !== undefined) yield { kind: 'as', name: pattern.as };
  }
  yield* boundNames(scalarFields(condition));
}

function* boundNames(fields: Iterable<Field>): Generator<Mention> {
  for (const { bound } of fields) if (bound !== undefined) yield { kind: 'field', name: bound };
}
