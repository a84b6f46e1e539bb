import { printField } from '../../../engine/language/print/print-field.js';
import { insertFix } from '../../../engine/language/problems/diagnostic.js';
import { bindingsOf } from '../../../engine/language/scope/scope.js';
import type { CaseRuleItem, Field } from '../../../engine/language/tree/ast.js';
import { fieldsOf, patternsOf, pipelineFields, scalarFields } from '../../../engine/language/tree/walk.js';
import { holds, type Refactoring, type RefactorPlace } from './refactoring.js';

const MOST_KEYS = 3;

/** Judges the spans of one key in whatever traces they are: `across span.order.id within 1h`, or those that are linked. */
export function acrossRefactorings({ text, item, range }: RefactorPlace): readonly Refactoring[] {
  if (item.kind !== 'rule' || item.settings.some(({ name }) => name.text === 'across')) return [];
  if (!holds({ start: item.range.start, end: item.id.range.end }, range)) return [];
  const brace = text.indexOf('{', item.id.range.end) + 1;
  const last = item.settings.at(-1)?.range.end;
  const added = (key: string, within: string): Refactoring => ({
    title: `Judge across traces by ${key}`,
    kind: 'rewrite',
    edits: insertFix('', last ?? brace, `\n  across ${key} within ${within}`).edits,
  });
  // Links are followed from the span that a rule binds.
  const links = bindingsOf(item).length > 0 ? [added('links', '10m')] : [];
  return [...keysOf(item).map((key) => added(key, '1h')), ...links];
}

/** The attributes of spans that a rule reads, which may be what its spans have in common. */
function keysOf(rule: CaseRuleItem): readonly string[] {
  const fields: Field[] = rule.clauses.flatMap(({ condition }) => [
    ...[...patternsOf(condition)].flatMap(({ pattern }) => [
      ...pipelineFields(pattern.pipeline),
      ...(pattern.where ? fieldsOf(pattern.where) : []),
    ]),
    ...scalarFields(condition),
  ]);
  const keys = fields.flatMap((field) =>
    field.kind === 'attribute' && field.scope === 'span' && field.hop === 'self'
      ? [printField(withoutBound(field))]
      : [],
  );
  return [...new Set(keys)].slice(0, MOST_KEYS);
}

function withoutBound({ bound: _, ...own }: Field): Field {
  return own;
}
