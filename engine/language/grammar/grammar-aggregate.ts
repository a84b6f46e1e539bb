import type {
  AggregateCall,
  AggregateExpression,
  AggregateStage,
  ComparisonOperator,
  FieldExpression,
} from '../tree/ast.js';
import { keywordsFor } from '../words/words.js';
import { type GrammarBuilder, type Nonterminal, REJECT } from './grammar-builder.js';
import { addArithmetic } from './grammar-expression.js';
import { inParens, literalOf, parameterOf, rangeOf } from './grammar-nodes.js';
import * as t from './grammar-terminals.js';
import { anyWord, op, word } from './grammar-terminals.js';

const AGGREGATE_OF_FIELD = anyWord('an aggregate', 'function', ...keywordsFor('aggregate'));

/** `count() > 2`, `max(duration) - min(duration) > 2s`: a stage of a pipeline. */
export function addAggregateStage(
  g: GrammarBuilder,
  expression: Nonterminal<FieldExpression>,
): Nonterminal<AggregateStage> {
  const stage = g.nonterminal<AggregateStage>('aggregate stage');
  const { atom, sum } = addArithmetic<AggregateExpression>(
    g,
    'aggregate',
    t.MINUS,
    (operator, left, right, range) => ({ kind: 'binary', operator, left, right, range }),
    (_, operand, range) => ({ kind: 'negate', operand, range }),
  );
  atom.add([t.LITERAL], ([token]) => ({ kind: 'literal', literal: literalOf(token), range: rangeOf(token) }));
  atom.add([t.PARAMETER], ([token]) => parameterOf(token));
  atom.add([word('count', 'function'), op('('), op(')')], (_, range) => ({
    kind: 'call',
    function: 'count',
    range,
  }));
  atom.add([AGGREGATE_OF_FIELD, op('('), expression, op(')')], ([name, , argument], range) => ({
    kind: 'call',
    function: name.text as AggregateCall['function'],
    argument,
    range,
  }));
  atom.add([op('('), sum, op(')')], ([, inner]) => inParens(inner));
  stage.add([sum, t.COMPARISON, sum], ([left, operator, right], range) =>
    // `2 < 3` is no stage: alone it would be true of every span or of none. In a clause it is a comparison of scalars.
    hasCall(left) || hasCall(right)
      ? { kind: 'aggregate', operator: operator.text as ComparisonOperator, left, right, range }
      : REJECT,
  );
  return stage;
}

/** Whether an aggregate occurs; without recursion, since the text may be long. */
function hasCall(expression: AggregateExpression): boolean {
  const left: AggregateExpression[] = [expression];
  for (let next = left.pop(); next !== undefined; next = left.pop()) {
    if (next.kind === 'call') return true;
    if (next.kind === 'binary') left.push(next.left, next.right);
    if (next.kind === 'negate') left.push(next.operand);
  }
  return false;
}
