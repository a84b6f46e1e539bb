import type { MetricsNumber, MetricsOperator } from '../tree/ast-query.js';
import type { GrammarBuilder, Nonterminal } from './grammar-builder.js';
import { inParens, numberOf, rangeOf } from './grammar-nodes.js';
import * as t from './grammar-terminals.js';
import { op } from './grammar-terminals.js';

/** The levels of constant arithmetic in metrics, which metrics arithmetic is woven into. */
export interface NumberLevels {
  readonly atom: Nonterminal<MetricsNumber>;
  readonly product: Nonterminal<MetricsNumber>;
  readonly sum: Nonterminal<MetricsNumber>;
}

export function addNumber(g: GrammarBuilder): NumberLevels {
  const atom = g.nonterminal<MetricsNumber>('number atom');
  const product = g.nonterminal<MetricsNumber>('number product');
  const sum = g.nonterminal<MetricsNumber>('number sum');
  atom.add([t.NUMBER], ([token]) => ({ kind: 'literal', literal: numberOf(token), range: rangeOf(token) }));
  atom.add([t.MINUS, atom], ([, operand], range) => ({ kind: 'negate', operand, range }));
  atom.add([op('('), sum, op(')')], ([, inner]) => inParens(inner));
  g.either(product, atom);
  g.either(sum, product);
  for (const [level, left, operator, right] of [
    [product, product, t.METRICS_PRODUCT_OPERATOR, atom],
    [sum, sum, t.SUM_OPERATOR, product],
  ] as const) {
    level.add([left, operator, right], ([a, token, b], range) => ({
      kind: 'binary',
      operator: token.text as MetricsOperator,
      left: a,
      right: b,
      range,
    }));
  }
  return { atom, product, sum };
}
