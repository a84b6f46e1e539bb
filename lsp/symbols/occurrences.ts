import { asRule } from '../../engine/language/check/queries/check-query.js';
import { selectionsOf } from '../../engine/language/check/queries/metrics.js';
import { bindingsOf, type FileScope } from '../../engine/language/scope/scope.js';
import type {
  CaseRuleItem,
  Condition,
  Field,
  File,
  LetItem,
  Name,
  Range,
} from '../../engine/language/tree/ast.js';
import type { Query } from '../../engine/language/tree/ast-query.js';
import {
  fieldsOf,
  namesOf,
  patternsOf,
  pipelineFields,
  scalarFields,
} from '../../engine/language/tree/walk.js';
import { listUsesOf, parametersIn } from '../../engine/language/tree/walk-tree.js';
import type { LanguageSymbol, Occurrence } from './symbol.js';

/** Every place of a file where a let, a bound span or a rule is defined or mentioned, in the order of the text. */
export function occurrencesIn(path: string, file: File, scope: FileScope | undefined): readonly Occurrence[] {
  const found: Occurrence[] = [];
  const add = (
    symbol: LanguageSymbol,
    role: Occurrence['role'],
    { range }: { readonly range: Range },
    given?: Occurrence['given'],
  ): void => {
    // What recovery made up takes no room in the text.
    if (range.start < range.end)
      found.push({ symbol, role, path, range, ...(given === undefined ? {} : { given }) });
  };
  const letNamed = ({ text }: Name): LanguageSymbol => {
    const definition = scope?.lets.get(text) ?? scope?.lists.get(text);
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
        for (const { node } of namesOf(item.value))
          add(letNamed(node.name), 'reference', node.name, node.arguments);
        for (const { list } of listUsesOf(item.value)) add(letNamed(list), 'reference', list);
        for (const name of item.parameters ?? []) add(parameterOf(path, item, name), 'definition', name);
        for (const { name } of parametersIn(item.value))
          add(parameterOf(path, item, name), 'reference', name);
        break;
      case 'list':
        add({ kind: 'let', path, name: item.name.text }, 'definition', item.name);
        break;
      case 'test':
        add({ kind: 'rule', id: item.rule.text }, 'reference', item.rule);
        break;
      case 'over rule':
        add({ kind: 'rule', id: item.id.text }, 'definition', item.id);
        for (const { test } of item.clauses)
          for (const { pipeline } of selectionsOf(test.series))
            for (const { node } of namesOf(pipeline))
              add(letNamed(node.name), 'reference', node.name, node.arguments);
        for (const { list } of listUsesOf(item)) add(letNamed(list), 'reference', list);
        break;
      case 'rule':
        add({ kind: 'rule', id: item.id.text }, 'definition', item.id);
        for (const { name, role, symbol, given } of ruleMentions(path, item, letNamed))
          add(symbol, role, name, given);
        for (const { list } of listUsesOf(item)) add(letNamed(list), 'reference', list);
    }
  }
  return found.sort((a, b) => a.range.start - b.range.start);
}

/** The same of a text that is one query: the rule whose violations are asked for, or the spans that a rule binds. */
export function occurrencesInQuery(path: string, query: Query): readonly Occurrence[] {
  switch (query.kind) {
    case 'violations': {
      const { text: id, range } = query.rule;
      return range.start === range.end
        ? []
        : [{ symbol: { kind: 'rule', id }, role: 'reference', path, range }];
    }
    case 'rule': {
      const unknown = ({ text }: Name): LanguageSymbol => ({ kind: 'unknown', name: text });
      const mentions = [...ruleMentions(path, asRule(query), unknown)];
      return mentions
        .filter(({ name: { range } }) => range.start < range.end)
        .map(({ symbol, role, name: { range } }) => ({ symbol, role, path, range }))
        .sort((a, b) => a.range.start - b.range.start);
    }
    case 'search':
    case 'metrics':
    case 'over rule':
      return [];
  }
}

function parameterOf(path: string, { name, range }: LetItem, { text }: Name): LanguageSymbol {
  return { kind: 'parameter', path, of: name.text, at: range.start, name: text };
}

interface RuleMention {
  readonly symbol: LanguageSymbol;
  readonly role: Occurrence['role'];
  readonly name: Name;
  readonly given?: Occurrence['given'];
}

/** Names of patterns and of bound spans in the clauses of a rule. */
function* ruleMentions(
  path: string,
  rule: CaseRuleItem,
  letNamed: (name: Name) => LanguageSymbol,
): Generator<RuleMention> {
  const bindings = new Set(bindingsOf(rule));
  const bound = (name: Name): LanguageSymbol => boundSpan(path, rule, name);
  const named = (name: Name): LanguageSymbol => (bindings.has(name.text) ? bound(name) : letNamed(name));
  for (const clause of rule.clauses)
    for (const { kind, name, given } of mentionsOf(clause.condition))
      yield {
        ...(given === undefined ? {} : { given }),
        symbol: kind === 'pattern' ? named(name) : bound(name),
        role: kind === 'as' ? 'definition' : 'reference',
        name,
      };
}

function boundSpan(path: string, rule: CaseRuleItem, { text }: Name): LanguageSymbol {
  return { kind: 'bound', path, rule: rule.id.text, at: rule.range.start, name: text };
}

interface Mention {
  /** `as x`, a pattern's name, or the `x` of `x.span.amount`. */
  readonly kind: 'as' | 'pattern' | 'field';
  readonly name: Name;
  readonly given?: Occurrence['given'];
}

function* mentionsOf(condition: Condition): Generator<Mention> {
  for (const { pattern } of patternsOf(condition)) {
    for (const { node } of namesOf(pattern.pipeline))
      yield {
        kind: 'pattern',
        name: node.name,
        ...(node.arguments === undefined ? {} : { given: node.arguments }),
      };
    yield* boundNames(pipelineFields(pattern.pipeline));
    if (pattern.where !== undefined) yield* boundNames(fieldsOf(pattern.where));
    if (pattern.as !== undefined) yield { kind: 'as', name: pattern.as };
  }
  yield* boundNames(scalarFields(condition));
}

function* boundNames(fields: Iterable<Field>): Generator<Mention> {
  for (const { bound } of fields) if (bound !== undefined) yield { kind: 'field', name: bound };
}
