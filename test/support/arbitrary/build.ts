/** Syntax trees by hand, short to write. Ranges are all empty; parentheses are put where the text would need them. */
import type {
  AggregateCall,
  AggregateExpression,
  AggregateScalar,
  AggregateStage,
  ArithmeticOperator,
  AttributeField,
  AttributeScope,
  BoolLiteral,
  Bound,
  CompareTest,
  ComparisonOperator,
  Condition,
  DurationLiteral,
  Field,
  FieldExpression,
  FieldHop,
  FieldOperator,
  Filter,
  FloatLiteral,
  IntLiteral,
  Intrinsic,
  IntrinsicField,
  KindName,
  Literal,
  Name,
  Pattern,
  Pipeline,
  RelationTest,
  Scalar,
  SequenceStep,
  SequenceTest,
  SpansetExpression,
  SpansetGroup,
  SpansetName,
  SpansetOperation,
  SpansetOperator,
  Stage,
  StatusName,
  StringLiteral,
  ValueFunction,
} from '../../../engine/language/tree/ast.js';
import { timeText } from '../../../engine/language/tree/literals-time.js';

const range = { start: 0, end: 0 } as const;

const word = (text: string): Name => ({ range, text });

// ------------------------------------------------------------------------------------------------------- literals

export const text = (value: string): StringLiteral => ({
  range,
  kind: 'string',
  value,
  raw: JSON.stringify(value),
});
export const int = (value: bigint): IntLiteral => ({ range, kind: 'int', value, raw: String(value) });
export const duration = (value: bigint): DurationLiteral => ({
  range,
  kind: 'duration',
  value,
  raw: `${value}ns`,
});
export const time = (value: bigint): Literal => ({ range, kind: 'time', value, raw: timeText(value) });
export const boolean = (value: boolean): BoolLiteral => ({ range, kind: 'bool', value });
export const status = (value: StatusName): Literal => ({ range, kind: 'status', value });
export const kind = (value: KindName): Literal => ({ range, kind: 'kind', value });
export const nil: Literal = { range, kind: 'nil' };
export function float(value: number): FloatLiteral {
  return { range, kind: 'float', value, raw: Number.isInteger(value) ? value.toFixed(1) : String(value) };
}

// --------------------------------------------------------------------------------------------------------- fields

export interface Where {
  readonly bound?: string;
  readonly hop?: FieldHop;
}

function base(where: Where) {
  return {
    range,
    hop: where.hop ?? 'self',
    ...(where.bound !== undefined && { bound: word(where.bound) }),
  } as const;
}

export function attribute(scope: AttributeScope, key: string, where: Where = {}): AttributeField {
  return { ...base(where), kind: 'attribute', scope, key };
}

export function intrinsic(name: Intrinsic, where: Where = {}): IntrinsicField {
  return { ...base(where), kind: 'intrinsic', name };
}

// ---------------------------------------------------------------------------------------------- field expressions

export const ref = (field: Field): FieldExpression => ({ range, kind: 'field', field });
export const literal = (value: Literal): FieldExpression => ({ range, kind: 'literal', literal: value });
export const spanAttribute = (key: string, where: Where = {}): FieldExpression =>
  ref(attribute('span', key, where));
export const spanName: FieldExpression = ref(intrinsic('span:name'));

function inner(expression: FieldExpression): FieldExpression {
  return expression.kind === 'literal' || expression.kind === 'field' || expression.kind === 'call'
    ? expression
    : { ...expression, parens: 1 };
}

export function binary(
  operator: FieldOperator,
  left: FieldExpression,
  right: FieldExpression,
): FieldExpression {
  return { range, kind: 'binary', operator, left: inner(left), right: inner(right) };
}

export function unary(operator: '!' | '-', operand: FieldExpression): FieldExpression {
  return { range, kind: 'unary', operator, operand: inner(operand) };
}

export function isIn(operand: FieldExpression, items: readonly Literal[], negated = false): FieldExpression {
  return { range, kind: 'in', negated, operand: inner(operand), items };
}

/** `lower(s)`, `hour(t, zone)`. */
export function apply(
  name: ValueFunction,
  operand: FieldExpression,
  zone: string | undefined = undefined,
): FieldExpression {
  return { range, kind: 'call', function: name, operand, ...(zone !== undefined && { zone: text(zone) }) };
}

// ------------------------------------------------------------------------------------------------------- spansets

export function filter(expression?: FieldExpression): Filter {
  return { range, kind: 'filter', ...(expression && { expression }) };
}

export const named = (name: string): Filter => filter(binary('=', spanName, literal(text(name))));
export const bound = (name: string): SpansetName => ({ range, kind: 'name', name: word(name) });
export const group = (inside: Pipeline): SpansetGroup => ({ range, kind: 'group', pipeline: inside });

const isLogical = (operator: SpansetOperator): boolean => operator === '&&' || operator === '||';

export function operation(
  operator: SpansetOperator,
  left: SpansetExpression,
  right: SpansetExpression,
): SpansetOperation {
  // All structural operators bind alike and tighter than `&&` and `||`, which bind alike; all join to the left.
  const leftIsPlain = left.kind !== 'operation' || isLogical(operator) || !isLogical(left.operator);
  const rightIsPlain = right.kind !== 'operation' || (isLogical(operator) && !isLogical(right.operator));
  return {
    range,
    kind: 'operation',
    operator,
    left: leftIsPlain ? left : group(pipeline(left)),
    right: rightIsPlain ? right : group(pipeline(right)),
  };
}

export function pipeline(...stages: readonly (Stage | SpansetExpression)[]): Pipeline {
  return {
    range,
    stages: stages.map((stage) => (isStage(stage) ? stage : { range, kind: 'spanset', expression: stage })),
  };
}

function isStage(part: Stage | SpansetExpression): part is Stage {
  switch (part.kind) {
    case 'spanset':
    case 'by':
    case 'coalesce':
    case 'select':
    case 'aggregate':
      return true;
    case 'filter':
    case 'operation':
    case 'name':
    case 'group':
      return false;
  }
}

export const by = (...expressions: readonly FieldExpression[]): Stage => ({ range, kind: 'by', expressions });
export const coalesce: Stage = { range, kind: 'coalesce' };
export const select = (...fields: readonly Field[]): Stage => ({ range, kind: 'select', fields });

export function having(
  left: AggregateExpression,
  operator: ComparisonOperator,
  right: AggregateExpression,
): AggregateStage {
  return { range, kind: 'aggregate', operator, left, right };
}

export function call(name: AggregateCall['function'], argument?: FieldExpression): AggregateCall {
  return { range, kind: 'call', function: name, ...(argument && { argument }) };
}

export const value = (given: Literal): AggregateExpression & Scalar => ({
  range,
  kind: 'literal',
  literal: given,
});

export function combined(
  operator: ArithmeticOperator,
  left: AggregateExpression,
  right: AggregateExpression,
): AggregateExpression {
  const nested = (aggregateExpression: AggregateExpression): AggregateExpression =>
    aggregateExpression.kind === 'binary' || aggregateExpression.kind === 'negate'
      ? { ...aggregateExpression, parens: 1 }
      : aggregateExpression;
  return { range, kind: 'binary', operator, left: nested(left), right: nested(right) };
}

// ----------------------------------------------------------------------------------------------------- conditions

export interface PatternExtras {
  readonly where?: FieldExpression;
  readonly as?: string;
}

export function pattern(matched: SpansetExpression | Pipeline, extras: PatternExtras = {}): Pattern {
  return {
    range,
    pipeline: 'stages' in matched ? matched : pipeline(matched),
    ...(extras.where && { where: extras.where }),
    ...(extras.as !== undefined && { as: word(extras.as) }),
  };
}

export type PatternLike = Pattern | SpansetExpression | Pipeline;

function toPattern(patternLike: PatternLike): Pattern {
  return 'pipeline' in patternLike && !('kind' in patternLike) ? patternLike : pattern(patternLike);
}

export function exists(patternLike: PatternLike, explicit = false): Condition {
  return { range, kind: 'exists', explicit, pattern: toPattern(patternLike) };
}

export interface BoundNs {
  readonly within?: bigint;
  readonly atLeast?: bigint;
}

function toBound(ns: BoundNs): Bound {
  return {
    ...(ns.within !== undefined && { within: duration(ns.within) }),
    ...(ns.atLeast !== undefined && { atLeast: duration(ns.atLeast) }),
  };
}

export function relation(
  patternLike: PatternLike,
  name: Exclude<RelationTest['relation'], 'between'>,
  reference: PatternLike,
  ns: BoundNs = {},
): RelationTest {
  const references = [toPattern(reference)] as const;
  return {
    range,
    kind: 'relation',
    pattern: toPattern(patternLike),
    relation: name,
    references,
    bound: toBound(ns),
  };
}

export function between(patternLike: PatternLike, from: PatternLike, to: PatternLike): RelationTest {
  const references = [toPattern(from), toPattern(to)] as const;
  return {
    range,
    kind: 'relation',
    pattern: toPattern(patternLike),
    relation: 'between',
    references,
    bound: {},
  };
}

export function step(
  link: SequenceStep['link'],
  patternLike: PatternLike,
  without: readonly PatternLike[] = [],
): SequenceStep {
  return { range, link, without: without.map(toPattern), pattern: toPattern(patternLike) };
}

export function sequence(steps: readonly SequenceStep[], ns: BoundNs = {}): SequenceTest {
  return { range, kind: 'sequence', steps, bound: toBound(ns) };
}

export function comparison(left: Scalar, operator: ComparisonOperator, right: Scalar): CompareTest {
  return { range, kind: 'compare', operator, left, right };
}

export function every(...operands: readonly Condition[]): Condition {
  return { range, kind: 'and', operands: operands.map(innerCondition) };
}

export function some(...operands: readonly Condition[]): Condition {
  return { range, kind: 'or', operands: operands.map(innerCondition) };
}

export function no(operand: Condition): Condition {
  // Tests of several words are given parentheses too, so that `not` visibly covers all of them.
  return { range, kind: 'not', operand: operand.kind === 'exists' ? operand : { ...operand, parens: 1 } };
}

function innerCondition(condition: Condition): Condition {
  return condition.kind === 'and' || condition.kind === 'or' ? { ...condition, parens: 1 } : condition;
}

// -------------------------------------------------------------------------------------------------------- scalars

export const count = (patternLike: PatternLike): Scalar => ({
  range,
  kind: 'count',
  pattern: toPattern(patternLike),
});

export function over(
  name: AggregateScalar['function'],
  patternLike: PatternLike,
  field: FieldExpression,
  quantile?: number,
): AggregateScalar {
  return {
    range,
    kind: 'aggregate',
    function: name,
    pattern: toPattern(patternLike),
    field,
    ...(quantile !== undefined && { quantile: float(quantile) }),
  };
}

export function callOf(name: ValueFunction, operand: Scalar, zone: string | undefined = undefined): Scalar {
  return { range, kind: 'call', function: name, operand, ...(zone !== undefined && { zone: text(zone) }) };
}

export const fieldOf = (field: Field): Scalar => ({ range, kind: 'field', field });

export function calculate(operator: ArithmeticOperator, left: Scalar, right: Scalar): Scalar {
  return { range, kind: 'binary', operator, left: innerScalar(left), right: innerScalar(right) };
}

export function minus(operand: Scalar): Scalar {
  return { range, kind: 'negate', operand: innerScalar(operand) };
}

function innerScalar(scalar: Scalar): Scalar {
  return scalar.kind === 'binary' || scalar.kind === 'negate' ? { ...scalar, parens: 1 } : scalar;
}
