import type { Field, Pipeline } from '../tree/ast.js';
import type {
  LabelMatching,
  MetricsExpression,
  MetricsFunction,
  MetricsNumber,
  MetricsOperator,
  MetricsSelection,
  MetricsStep,
  NumberComparison,
} from '../tree/ast-query.js';
import { MATCHING_WORDS, METRICS_STEPS, PRIOR } from '../words/metrics-words.js';
import { type Chain, type GrammarBuilder, itemsOf, type Nonterminal } from './grammar-builder.js';
import { durationOf, inParens, intOf } from './grammar-nodes.js';
import { addNumber } from './grammar-number.js';
import * as t from './grammar-terminals.js';
import { op, word } from './grammar-terminals.js';

export interface MetricsSymbols {
  /** A whole metrics query without its hints. */
  readonly expression: Nonterminal<MetricsExpression>;
  readonly number: Nonterminal<MetricsNumber>;
  readonly steps: Nonterminal<Chain<MetricsStep>>;
}

/**
 * TraceQL metrics. A query is one selection, or arithmetic between selections in parentheses; either may go through
 * further steps. Sums and products come in two kinds, those with a series in them and those of numbers alone, so that
 * numbers are folded first and every text has one parse.
 */
export function addMetrics(
  g: GrammarBuilder,
  pipeline: Nonterminal<Pipeline>,
  call: Nonterminal<MetricsFunction>,
  field: Nonterminal<Field>,
): MetricsSymbols {
  const expression = g.nonterminal<MetricsExpression>('metrics');
  const selection = g.nonterminal<MetricsSelection>('metrics selection');
  const atom = g.nonterminal<MetricsExpression>('metrics atom');
  const product = g.nonterminal<MetricsExpression>('metrics product');
  const sum = g.nonterminal<MetricsExpression>('metrics sum');
  const number = addNumber(g);
  const steps = addSteps(g, number.sum);
  const matching = addMatching(g, field);

  selection.add([pipeline, op('|'), call, steps], ([from, , fn, chain], range) => ({
    kind: 'selection',
    pipeline: from,
    function: fn,
    steps: itemsOf(chain),
    range,
  }));
  atom.add([op('('), selection, op(')')], ([, inner]) => inParens(inner));
  atom.add(
    [word(PRIOR, 'metrics function'), op('('), t.DURATION, op(','), selection, op(')')],
    ([, , duration, , inner], range) => ({ ...inner, prior: durationOf(duration), range }),
  );
  atom.add([op('('), sum, op(')')], ([, inner]) => inParens(inner));
  g.either(product, atom);
  g.either(sum, product);
  for (const [level, left, operator, right] of [
    [product, product, t.METRICS_PRODUCT_OPERATOR, atom],
    [product, product, t.METRICS_PRODUCT_OPERATOR, number.atom],
    [product, number.product, t.METRICS_PRODUCT_OPERATOR, atom],
    [sum, sum, t.SUM_OPERATOR, product],
    [sum, sum, t.SUM_OPERATOR, number.product],
    [sum, number.sum, t.SUM_OPERATOR, product],
  ] as const) {
    level.add([left, operator, right], ([a, token, b], range) => ({
      kind: 'operation',
      operator: token.text as MetricsOperator,
      left: a,
      right: b,
      steps: [],
      range,
    }));
  }
  for (const [level, left, operator, right] of [
    [product, product, t.METRICS_PRODUCT_OPERATOR, atom],
    [sum, sum, t.SUM_OPERATOR, product],
  ] as const) {
    level.add([left, operator, matching, right], ([a, token, on, b], range) => ({
      kind: 'operation',
      operator: token.text as MetricsOperator,
      left: a,
      right: b,
      matching: on,
      steps: [],
      range,
    }));
  }

  g.either<MetricsExpression>(expression, selection);
  expression.add([sum, steps], ([inner, chain], range) =>
    // The steps of a selection in parentheses continue behind them.
    chain === undefined ? inner : { ...inner, steps: [...inner.steps, ...itemsOf(chain)], range },
  );
  return { expression, number: number.sum, steps };
}

function addMatching(g: GrammarBuilder, field: Nonterminal<Field>): Nonterminal<LabelMatching> {
  const matching = g.nonterminal<LabelMatching>('label matching');
  const labels = g.separated('matched labels', field, op(','));
  for (const kind of MATCHING_WORDS) {
    matching.add([word(kind), op('('), labels, op(')')], ([, , list], range) => ({
      kind,
      labels: itemsOf(list),
      range,
    }));
  }
  return matching;
}

function addSteps(g: GrammarBuilder, number: Nonterminal<MetricsNumber>): Nonterminal<Chain<MetricsStep>> {
  const step = g.nonterminal<MetricsStep>('metrics step');
  for (const kind of METRICS_STEPS) {
    step.add(
      [op('|'), word(kind, 'metrics function'), op('('), t.INT, op(')')],
      ([, , , count], range): MetricsStep => ({ kind, count: intOf(count), range }),
    );
  }
  step.add(
    [t.NUMBER_COMPARISON, number],
    ([operator, value], range): MetricsStep => ({
      kind: 'threshold',
      operator: operator.text as NumberComparison,
      value,
      range,
    }),
  );
  return g.many('metrics steps', step);
}
