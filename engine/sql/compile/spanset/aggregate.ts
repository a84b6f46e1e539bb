import type { AggregatePlan, ScalarPlan, StagePlan } from '../../../plan/plan.js';
import { cast, greatestOfAny, quantileOfAny, tryCast, wholeSum } from '../../text/operations.js';
import { FALSE, name, type Sql, sql } from '../../text/sql.js';
import { arithmetic, negate } from '../value/arithmetic.js';
import { compareValues } from '../value/compare.js';
import { compileValue, type Scope } from '../value/expression.js';
import {
  constantValue,
  groupKey,
  isPresent,
  MISSING,
  numberOf,
  partsOf,
  type Value,
} from '../value/value.js';

type AggregateStagePlan = Extract<StagePlan, { kind: 'aggregate' }>;

/** An aggregate stage over grouped rows: the columns to compute for each group, its sides in terms of them, and its condition. */
export function holdsForSpanset(
  stage: AggregateStagePlan,
  scope: Scope,
): {
  readonly columns: readonly Sql[];
  readonly sides: readonly [Value, Value];
  readonly holds: Sql;
} {
  const columns: Sql[] = [];
  // Arithmetic may not stand around an aggregate function where it guards against overflow, so each gets a column.
  const call = (plan: Extract<AggregatePlan, { kind: 'call' }>): Value => {
    const argument = plan.argument === undefined ? undefined : compileValue(plan.argument, scope);
    return namedColumns(aggregateCall(plan.function, argument), `a${columns.length}`, columns);
  };
  const sides = [aggregateSide(stage.left, call), aggregateSide(stage.right, call)] as const;
  return { columns, sides, holds: compareValues(stage.operator, ...sides, false) };
}

/** Adds a column for each part of the value; returns the value in terms of these. */
export function namedColumns(value: Value, stem: string, columns: Sql[]): Value {
  const parts = partsOf(value);
  const column = (part: string): Sql => name(`${stem}_${part}`);
  for (const part of parts) columns.push(sql`${value[part]!} AS ${column(part)}`);
  return {
    ...Object.fromEntries(parts.map((part) => [part, column(part)])),
    present: value.present ?? false,
  };
}

/** The same over no spans at all, where `count()` is 0 and every other aggregate is missing; undefined if never true. */
export function holdsForEmpty(stage: AggregateStagePlan): Sql | undefined {
  if (neverOverNothing(stage)) return undefined;
  const holds = compareValues(stage.operator, overNothing(stage.left), overNothing(stage.right), false);
  return holds === FALSE ? undefined : holds;
}

/** Whether the condition is as plain as `count() > 1`: the database would look at every trace to find that it holds for none without spans. */
function neverOverNothing({ operator, left, right }: AggregateStagePlan): boolean {
  const [a, b] = [wholeOverNothing(left), wholeOverNothing(right)];
  return a !== undefined && b !== undefined && WHOLE_NUMBERS[operator]?.(a, b) === false;
}

function wholeOverNothing(plan: AggregatePlan): bigint | undefined {
  if (plan.kind === 'constant') return plan.constant.type === 'int' ? BigInt(plan.constant.value) : undefined;
  return plan.kind === 'call' && plan.function === 'count' ? 0n : undefined;
}

const WHOLE_NUMBERS: Readonly<
  Partial<Record<AggregateStagePlan['operator'], (a: bigint, b: bigint) => boolean>>
> = {
  '=': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};

/** An aggregate over no spans. */
export function overNothing(plan: AggregatePlan): Value {
  return aggregateSide(plan, (call) =>
    call.function === 'count' ? { i: cast(sql`0`, 'int64'), present: true } : MISSING,
  );
}

function aggregateSide(
  plan: AggregatePlan,
  call: (call: Extract<AggregatePlan, { kind: 'call' }>) => Value,
): Value {
  switch (plan.kind) {
    case 'constant':
      return constantValue(plan.constant);
    case 'call':
      return call(plan);
    case 'arithmetic':
      return arithmetic(plan.operator, aggregateSide(plan.left, call), aggregateSide(plan.right, call));
    case 'negate':
      return negate(aggregateSide(plan.operand, call));
  }
}

type AggregateFunction = Extract<ScalarPlan, { kind: 'aggregate' }>['function'];

/**
 * An aggregate function over the rows of a group. Values that are missing or no numbers do not count; with none left the
 * result is missing. Sums, smallest and largest of ints are ints, an overflowing sum is missing; with a double among them,
 * and for averages and quantiles, doubles.
 */
export function aggregateCall(
  called: AggregateFunction,
  argument: Value | undefined,
  quantile?: number,
): Value {
  if (called === 'count') return { i: sql`count(*)`, present: true };
  if (argument === undefined) return MISSING;
  if (called === 'distinct')
    return {
      i: sql`count(DISTINCT CASE WHEN ${isPresent(argument)} THEN ${groupKey(argument)} END)`,
      present: true,
    };
  const number = numberOf(argument);
  if (number === undefined) return MISSING;
  switch (called) {
    case 'avg':
      return { d: sql`avg(${number})` };
    case 'quantile':
      return { d: quantileOfAny(number, quantile ?? 0.5) };
    case 'sum':
      return typed(
        argument,
        number,
        (x) => sql`sum(${x})`,
        (x) => tryCast(wholeSum(x), 'int64'),
      );
    case 'min':
      return typed(
        argument,
        number,
        (x) => sql`min(${x})`,
        (x) => sql`min(${x})`,
      );
    case 'max':
      return typed(argument, number, greatestOfAny, (x) => sql`max(${x})`);
  }
}

function typed(argument: Value, number: Sql, double: (x: Sql) => Sql, int: (x: Sql) => Sql): Value {
  if (argument.d === undefined) return { i: int(argument.i ?? number) };
  if (argument.i === undefined) return { d: double(argument.d) };
  const onlyInts = sql`count(${argument.d}) = 0`;
  return {
    i: sql`CASE WHEN ${onlyInts} THEN ${int(argument.i)} END`,
    d: sql`CASE WHEN NOT (${onlyInts}) THEN ${double(number)} END`,
  };
}
