/**
 * What a half-typed query says of the spans it will be about: what completion of tags and values may go by. Facts: Tempo's
 * `lenient_parser.go`, of which only the promise is kept, that an incomplete part restricts nothing.
 */

import { deepExpression } from '../language/check/nesting.js';
import { checkFilter } from '../language/check/types/expressions.js';
import { parseQuery } from '../language/parse/parse-query.js';
import { collector } from '../language/problems/report.js';
import type { FieldExpression, Literal } from '../language/tree/ast.js';
import type { Query } from '../language/tree/ast-query.js';
import { spansetsOf } from '../language/tree/walk-pipeline.js';
import { allOf, type Expression, isTrue, TRUE } from '../plan/expression.js';
import { lowerExpression } from '../plan/lower/lower-expression.js';

/**
 * The filter of the text before its first pipe, as one expression about a span: a span that any of its `{ … }` matches. Parts that
 * are unfinished or wrong count as true, and a text that cannot be used at all restricts nothing.
 */
export function lenientFilter(text: string): Expression {
  const { query } = parseQuery(text);
  const pipeline = query && pipelineOf(query);
  const first = pipeline?.stages[0];
  if (!pipeline || first?.kind !== 'spanset' || deepExpression(first)) return TRUE;
  const filters: Expression[] = [];
  for (const spanset of spansetsOf({ ...pipeline, stages: [first] })) {
    if (spanset.kind === 'name') return TRUE;
    if (spanset.kind !== 'filter') continue;
    const filter = spanset.expression ? lenient(spanset.expression) : TRUE;
    if (isTrue(filter)) return TRUE;
    filters.push(filter);
  }
  return anyOf(filters);
}

function pipelineOf(query: Query) {
  if (query.kind === 'search') return query.pipeline;
  return query.kind === 'metrics' && query.expression.kind === 'selection'
    ? query.expression.pipeline
    : undefined;
}

function lenient(expression: FieldExpression): Expression {
  if (expression.kind === 'binary' && expression.operator === '&&')
    return allOf([lenient(expression.left), lenient(expression.right)]);
  if (expression.kind === 'binary' && expression.operator === '||')
    return anyOf([lenient(expression.left), lenient(expression.right)]);
  // A name without an operator is one that is still being typed, rather than a boolean attribute.
  if (expression.kind === 'field' || isUnfinished(expression) || isWrong(expression)) return TRUE;
  return lowerExpression(expression, 'at hand');
}

/** Whether recovery has put something in that nobody wrote. */
function isUnfinished(expression: FieldExpression): boolean {
  if (expression.range.start === expression.range.end) return true;
  switch (expression.kind) {
    case 'parameter':
      return true;
    case 'field':
      return expression.field.kind === 'attribute' && expression.field.key === '';
    case 'literal':
      return isUnclosed(expression.literal);
    case 'unary':
    case 'call':
      return isUnfinished(expression.operand);
    case 'binary':
      return isUnfinished(expression.left) || isUnfinished(expression.right);
    case 'in':
      return (
        isUnfinished(expression.operand) ||
        expression.items.length === 0 ||
        expression.items.some(({ range }) => range.start === range.end)
      );
  }
}

/** A text whose closing quote is not there yet. */
function isUnclosed(literal: Literal): boolean {
  return literal.kind === 'string' && (literal.raw.length < 2 || literal.raw.at(-1) !== literal.raw[0]);
}

/** Types that do not fit, or a pattern that is no regular expression. */
function isWrong(expression: FieldExpression): boolean {
  const { diagnostics, report } = collector();
  checkFilter(expression, report);
  return diagnostics.some(({ severity }) => severity === 'error');
}

function anyOf(operands: readonly Expression[]): Expression {
  const [only] = operands;
  if (only === undefined || operands.some(isTrue)) return TRUE;
  return operands.length === 1 ? only : { kind: 'logical', operator: 'or', operands };
}
