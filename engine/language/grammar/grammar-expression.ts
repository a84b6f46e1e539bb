import type { Token } from '../text/tokens.js';
import type { Call, FieldExpression, FieldOperator, Literal, Range, ValueFunction } from '../tree/ast.js';
import { type GrammarBuilder, itemsOf, type Nonterminal, type Terminal } from './grammar-builder.js';
import {
  fieldOf,
  inParens,
  literalOf,
  nameOf,
  negated,
  parameterOf,
  rangeOf,
  stringOf,
} from './grammar-nodes.js';
import * as t from './grammar-terminals.js';
import { op, word } from './grammar-terminals.js';

/** The five levels of an arithmetic expression, by which TraceQL's table of precedence becomes one grammar. */
export interface Arithmetic<T> {
  /** What the levels are built on; the caller adds literals, fields and so on. */
  readonly atom: Nonterminal<T>;
  /** The loosest level: sums. */
  readonly sum: Nonterminal<T>;
}

/**
 * Products, powers and prefixes around an atom. A prefix operator binds looser than `*` and `^`, also in the middle:
 * `a * -b * c` is `a * -(b * c)`. So products and powers come in two kinds, closed ones, and open ones that end in a
 * prefixed part, which nothing of their own level can continue.
 */
export function addArithmetic<T>(
  g: GrammarBuilder,
  name: string,
  prefixOperator: Terminal,
  binary: (operator: '+' | '-' | '*' | '/' | '%' | '^', left: T, right: T, range: Range) => T,
  prefix: (operator: '-' | '!', operand: T, range: Range) => T,
): Arithmetic<T> {
  const atom = g.nonterminal<T>(`${name} atom`);
  const power = g.nonterminal<T>(`${name} power`);
  const openPower = g.nonterminal<T>(`${name} open power`);
  const product = g.nonterminal<T>(`${name} product`);
  const openProduct = g.nonterminal<T>(`${name} open product`);
  const anyProduct = g.nonterminal<T>(`${name} any product`);
  const prefixed = g.nonterminal<T>(`${name} prefixed`);
  const sum = g.nonterminal<T>(`${name} sum`);
  const build = ([left, operator, right]: readonly [T, Token, T], range: Range) =>
    binary(operator.text as '+', left, right, range);

  g.either(power, atom);
  power.add([atom, op('^'), power], build);
  openPower.add([atom, op('^'), openPower], build);
  openPower.add([atom, op('^'), prefixed], build);
  g.either(product, power);
  product.add([product, t.PRODUCT_OPERATOR, power], build);
  g.either(openProduct, openPower, prefixed);
  openProduct.add([product, t.PRODUCT_OPERATOR, openPower], build);
  openProduct.add([product, t.PRODUCT_OPERATOR, prefixed], build);
  g.either(anyProduct, product, openProduct);
  prefixed.add([prefixOperator, anyProduct], ([operator, operand], range) =>
    prefix(operator.text as '-' | '!', operand, range),
  );
  g.either(sum, anyProduct);
  sum.add([sum, t.SUM_OPERATOR, anyProduct], build);
  return { atom, sum };
}

/** `lower(s)`, `hour(t)`, `hour(t, "Europe/Berlin")`, of values of any kind. */
export function addCalls<T>(
  atom: Nonterminal<T>,
  operand: Nonterminal<T>,
  call: (parts: Call<T>) => T,
): void {
  const build = (name: Token, value: T, range: Range, zone?: Token): T =>
    call({
      kind: 'call',
      function: name.text as ValueFunction,
      operand: value,
      ...(zone === undefined ? {} : { zone: stringOf(zone) }),
      range,
    });
  atom.add([t.TEXT_FUNCTION, op('('), operand, op(')')], ([name, , value], range) =>
    build(name, value, range),
  );
  atom.add([t.TIME_FUNCTION, op('('), operand, op(')')], ([name, , value], range) =>
    build(name, value, range),
  );
  atom.add(
    [t.TIME_FUNCTION, op('('), operand, op(','), t.STRING, op(')')],
    ([name, , value, , zone], range) => build(name, value, range, zone),
  );
}

/** A literal where no expression can be: in a list, a setting, a test. */
export function addSignedLiteral(g: GrammarBuilder): Nonterminal<Literal> {
  const literal = g.nonterminal<Literal>('signed literal');
  literal.add([t.LITERAL], ([token]) => literalOf(token));
  literal.add([op('-'), t.NUMBER], ([minus, token]) => negated(minus, token));
  return literal;
}

export interface ExpressionSymbols {
  readonly expression: Nonterminal<FieldExpression>;
  /** What is compared: no comparison itself. */
  readonly value: Nonterminal<FieldExpression>;
}

/** What is in `{ … }` and after `where`. */
export function addExpression(g: GrammarBuilder, signedLiteral: Nonterminal<Literal>): ExpressionSymbols {
  const expression = g.nonterminal<FieldExpression>('expression');
  const comparison = g.nonterminal<FieldExpression>('comparison');
  const nil = g.nonterminal<FieldExpression>('nil');
  const binary = (operator: FieldOperator, left: FieldExpression, right: FieldExpression, range: Range) =>
    ({ kind: 'binary', operator, left, right, range }) as const;
  const build = ([left, operator, right]: readonly [FieldExpression, Token, FieldExpression], range: Range) =>
    binary(operator.text as FieldOperator, left, right, range);
  const { atom, sum } = addArithmetic<FieldExpression>(
    g,
    'expression',
    t.EXPRESSION_PREFIX,
    binary,
    (operator, operand, range) => ({
      kind: 'unary',
      operator,
      operand,
      range,
    }),
  );

  atom.add([t.LITERAL], ([token]) => ({ kind: 'literal', literal: literalOf(token), range: rangeOf(token) }));
  atom.add([t.FIELD], ([token]) => ({ kind: 'field', field: fieldOf(token), range: rangeOf(token) }));
  atom.add([t.PARAMETER], ([token]) => parameterOf(token));
  atom.add([op('('), expression, op(')')], ([, inner]) => inParens(inner));
  addCalls(atom, sum, (call) => call);
  nil.add([t.NIL], ([token]) => ({ kind: 'literal', literal: literalOf(token), range: rangeOf(token) }));

  g.either(comparison, sum);
  comparison.add([comparison, t.COMPARISON, sum], build);
  comparison.add([comparison, t.NIL_COMPARISON, nil], build);
  comparison.add([nil, t.NIL_COMPARISON, sum], build);
  comparison.add([nil, t.NIL_COMPARISON, nil], build);
  comparison.add([comparison, word('contains'), sum], ([left, , right], range) =>
    binary('contains', left, right, range),
  );
  comparison.add([comparison, word('starts'), word('with'), sum], ([left, , , right], range) =>
    binary('starts with', left, right, range),
  );
  const items = g.separated('literals', signedLiteral, op(','));
  comparison.add([comparison, word('in'), op('('), items, op(')')], ([operand, , , list], range) => ({
    kind: 'in',
    negated: false,
    operand,
    items: itemsOf(list),
    range,
  }));
  comparison.add(
    [comparison, word('not'), word('in'), op('('), items, op(')')],
    ([operand, , , , list], range) => ({ kind: 'in', negated: true, operand, items: itemsOf(list), range }),
  );
  comparison.add([comparison, word('in'), t.LIST_NAME], ([operand, , list], range) => ({
    kind: 'in',
    negated: false,
    operand,
    items: [],
    list: nameOf(list),
    range,
  }));
  comparison.add([comparison, word('not'), word('in'), t.LIST_NAME], ([operand, , , list], range) => ({
    kind: 'in',
    negated: true,
    operand,
    items: [],
    list: nameOf(list),
    range,
  }));
  g.either(expression, comparison);
  expression.add([expression, t.LOGIC_OPERATOR, comparison], build);
  return { expression, value: sum };
}
