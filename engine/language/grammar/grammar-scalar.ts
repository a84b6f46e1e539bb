import type { AggregateScalar, FieldExpression, Pattern, Scalar } from '../tree/ast.js';
import { keywordsFor } from '../words/words.js';
import type { GrammarBuilder, Nonterminal } from './grammar-builder.js';
import { addArithmetic, addCalls } from './grammar-expression.js';
import { fieldOf, fractionOf, inParens, literalOf, rangeOf } from './grammar-nodes.js';
import * as t from './grammar-terminals.js';
import { anyWord, op, word } from './grammar-terminals.js';

/** The functions that a clause may call. */
export const SCALAR_FUNCTIONS = keywordsFor('count', 'aggregate', 'clause aggregate');

const AGGREGATE_OF_PATTERN = anyWord(
  'an aggregate',
  'function',
  ...SCALAR_FUNCTIONS.filter((name) => name !== 'count' && name !== 'quantile'),
);

/** Numbers about one trace: `count(P)`, `sum(P, field)`, `c.span.amount`, and arithmetic on them. */
export function addScalar(
  g: GrammarBuilder,
  pattern: Nonterminal<Pattern>,
  expression: Nonterminal<FieldExpression>,
): Nonterminal<Scalar> {
  const { atom, sum } = addArithmetic<Scalar>(
    g,
    'scalar',
    t.MINUS,
    (operator, left, right, range) => ({ kind: 'binary', operator, left, right, range }),
    (_, operand, range) => ({ kind: 'negate', operand, range }),
  );
  atom.add([t.LITERAL], ([token]) => ({ kind: 'literal', literal: literalOf(token), range: rangeOf(token) }));
  atom.add([t.BOUND_FIELD], ([token]) => ({ kind: 'field', field: fieldOf(token), range: rangeOf(token) }));
  atom.add([word('count', 'function'), op('('), pattern, op(')')], ([, , counted], range) => ({
    kind: 'count',
    pattern: counted,
    range,
  }));
  atom.add(
    [AGGREGATE_OF_PATTERN, op('('), pattern, op(','), expression, op(')')],
    ([name, , measured, , field], range) => ({
      kind: 'aggregate',
      function: name.text as AggregateScalar['function'],
      pattern: measured,
      field,
      range,
    }),
  );
  atom.add(
    [word('quantile', 'function'), op('('), pattern, op(','), expression, op(','), t.FRACTION, op(')')],
    ([, , measured, , field, , fraction], range) => ({
      kind: 'aggregate',
      function: 'quantile',
      pattern: measured,
      field,
      quantile: fractionOf(fraction),
      range,
    }),
  );
  atom.add([op('('), sum, op(')')], ([, inner]) => inParens(inner));
  addCalls(atom, sum, (call) => call);
  return sum;
}
