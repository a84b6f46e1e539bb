import { printField } from '../../../engine/language/print/print-field.js';
import { insertFix } from '../../../engine/language/problems/diagnostic.js';
import { bindingsOf } from '../../../engine/language/scope/scope.js';
import type {
  BinaryExpression,
  CaseRuleItem,
  CompareTest,
  Field,
  LiteralExpression,
  LiteralScalar,
} from '../../../engine/language/tree/ast.js';
import { fieldsOf, patternsOf, pipelineFields, scalarFields } from '../../../engine/language/tree/walk.js';
import { nodesOf } from '../../../engine/language/tree/walk-tree.js';
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

/** The attributes of spans that a rule reads and measures nothing by, which may be what its spans have in common. */
function keysOf(rule: CaseRuleItem): readonly string[] {
  const fields: Field[] = rule.clauses.flatMap(({ condition }) => [
    ...[...patternsOf(condition)].flatMap(({ pattern }) => [
      ...pipelineFields(pattern.pipeline),
      ...(pattern.where ? fieldsOf(pattern.where) : []),
    ]),
    ...scalarFields(condition),
  ]);
  const measures = measuresOf(rule);
  const keys = fields.flatMap((field) =>
    field.kind === 'attribute' && field.scope === 'span' && field.hop === 'self'
      ? [printField(withoutBound(field))]
      : [],
  );
  return [...new Set(keys)].filter((key) => !measures.has(key)).slice(0, MOST_KEYS);
}

/** What has an order, is calculated with, or is true or false: an amount is no key. */
function measuresOf(rule: CaseRuleItem): ReadonlySet<string> {
  const compared = [...nodesOf(rule, 'binary'), ...nodesOf(rule, 'compare')] as readonly (
    | BinaryExpression
    | CompareTest
  )[];
  const measured = compared
    .filter(
      ({ operator, left, right }) =>
        MEASURING.has(operator) || [left, right].some((side) => side.kind === 'literal' && isMeasure(side)),
    )
    .flatMap(({ left, right }) => [left, right]);
  const read = measured.flatMap(
    (side) => [...nodesOf(side, 'field')] as readonly { readonly field: Field }[],
  );
  return new Set(read.map(({ field }) => printField(withoutBound(field))));
}

const MEASURING: ReadonlySet<string> = new Set(['<', '<=', '>', '>=', '+', '-', '*', '/', '%', '^']);

function isMeasure({ literal: { kind } }: LiteralExpression | LiteralScalar): boolean {
  return kind === 'bool' || kind === 'float' || kind === 'duration';
}

function withoutBound({ bound: _, ...own }: Field): Field {
  return own;
}
