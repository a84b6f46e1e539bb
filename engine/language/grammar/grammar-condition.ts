import type {
  CompareTest,
  ComparisonOperator,
  Condition,
  ExistsTest,
  FieldExpression,
  Pattern,
  Pipeline,
} from '../tree/ast.js';
import type { GrammarBuilder, Nonterminal } from './grammar-builder.js';
import { inParens, literalOf, nameOf, rangeOf } from './grammar-nodes.js';
import { addBound, addRelation, addSequence } from './grammar-relation.js';
import { addScalar } from './grammar-scalar.js';
import * as t from './grammar-terminals.js';
import { word } from './grammar-terminals.js';

/** Conditions: tests joined by `and`, `or` and `not`. */
export function addCondition(
  g: GrammarBuilder,
  pipeline: Nonterminal<Pipeline>,
  expression: Nonterminal<FieldExpression>,
): Nonterminal<Condition> {
  const condition = g.nonterminal<Condition>('condition');
  const conjunction = g.nonterminal<Condition>('conjunction');
  const operand = g.nonterminal<Condition>('operand');
  const disjuncts = g.nonterminal<Condition>('disjuncts');
  const conjuncts = g.nonterminal<Condition>('conjuncts');
  // Parentheses around a pattern alone are TraceQL's, those around anything else group a condition. Only because the
  // two cannot overlap has every text one meaning: so all that is more than a bare pattern goes by its own name.
  const compound = g.nonterminal<Condition>('compound');
  const bare = g.nonterminal<Condition>('bare pattern');

  bare.add(
    [pipeline],
    ([value], range): ExistsTest => ({
      kind: 'exists',
      explicit: false,
      pattern: { pipeline: value, range },
      range,
    }),
  );
  const single = g.nonterminal<Condition>('compound test');
  g.either<Condition>(single, addTest(g, pipeline, expression));
  single.add([word('not'), operand], ([, inner], range) => ({ kind: 'not', operand: inner, range }));
  single.add([t.op('('), compound, t.op(')')], ([, inner]) => inParens(inner));

  g.either(operand, bare, single);
  g.either(conjunction, operand, conjuncts);
  g.either(condition, conjunction, disjuncts);
  g.either(compound, single, conjuncts, disjuncts);
  // The list on the left has no parentheses of its own, so its operands can be taken over.
  conjuncts.add([operand, word('and'), operand], ([left, , right], range) => ({
    kind: 'and',
    operands: [left, right],
    range,
  }));
  conjuncts.add([conjuncts, word('and'), operand], ([left, , right], range) => ({
    kind: 'and',
    operands: [...operandsOf(left), right],
    range,
  }));
  disjuncts.add([conjunction, word('or'), conjunction], ([left, , right], range) => ({
    kind: 'or',
    operands: [left, right],
    range,
  }));
  disjuncts.add([disjuncts, word('or'), conjunction], ([left, , right], range) => ({
    kind: 'or',
    operands: [...operandsOf(left), right],
    range,
  }));
  return condition;
}

function operandsOf(condition: Condition): readonly Condition[] {
  return condition.kind === 'and' || condition.kind === 'or' ? condition.operands : [condition];
}

/** Every test but a bare pattern. */
function addTest(
  g: GrammarBuilder,
  pipeline: Nonterminal<Pipeline>,
  expression: Nonterminal<FieldExpression>,
): Nonterminal<Condition> {
  const test = g.nonterminal<Condition>('test');
  const pattern = g.nonterminal<Pattern>('pattern');
  const narrowed = g.nonterminal<Pattern>('narrowed pattern');
  pattern.add([pipeline], ([value], range) => ({ pipeline: value, range }));
  g.either(pattern, narrowed);
  narrowed.add([pipeline, word('where'), expression], ([value, , where], range) => ({
    pipeline: value,
    where,
    range,
  }));
  narrowed.add([pipeline, word('as'), t.NEW_NAME], ([value, , as], range) => ({
    pipeline: value,
    as: nameOf(as),
    range,
  }));
  narrowed.add(
    [pipeline, word('where'), expression, word('as'), t.NEW_NAME],
    ([value, , where, , as], range) => ({
      pipeline: value,
      where,
      as: nameOf(as),
      range,
    }),
  );

  test.add(
    [narrowed],
    ([value], range): ExistsTest => ({ kind: 'exists', explicit: false, pattern: value, range }),
  );
  test.add(
    [word('exists'), pattern],
    ([, value], range): ExistsTest => ({
      kind: 'exists',
      explicit: true,
      pattern: value,
      range,
    }),
  );
  const bound = addBound(g);
  g.either<Condition>(test, addRelation(g, pattern, bound), addSequence(g, pattern, bound));
  g.either<Condition>(test, addComparison(g, pattern, expression));
  return test;
}

function addComparison(
  g: GrammarBuilder,
  pattern: Nonterminal<Pattern>,
  expression: Nonterminal<FieldExpression>,
): Nonterminal<CompareTest> {
  const test = g.nonterminal<CompareTest>('comparison of scalars');
  const scalar = addScalar(g, pattern, expression);
  const nil = g.nonterminal<CompareTest['left']>('nil scalar');
  nil.add([t.NIL], ([token]) => ({ kind: 'literal', literal: literalOf(token), range: rangeOf(token) }));
  for (const [left, operator, right] of [
    [scalar, t.COMPARISON, scalar],
    [scalar, t.NIL_COMPARISON, nil],
    [nil, t.NIL_COMPARISON, scalar],
  ] as const) {
    test.add([left, operator, right], ([a, token, b], range) => ({
      kind: 'compare',
      operator: token.text as ComparisonOperator,
      left: a,
      right: b,
      range,
    }));
  }
  return test;
}
