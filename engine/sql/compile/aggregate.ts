import type { AggregatePlan, ScalarPlan, StagePlan } from '../../plan/plan.js';
import { compileValue, type Scope } from './expression.js';
import {
  arithmetic,
  compareValues,
  constantValue,
  groupKey,
  isPresent,
  MISSING,
  negate,
  numberOf,
  partsOf,
  type Value,
} from './value.js';

type AggregateStagePlan = Extract<StagePlan, { kind: 'aggregate' }>;

/** An aggregate stage over grouped rows: the columns to compute for each group, its sides in terms of them, and its condition. */
export function holdsForSpanset(
  stage: AggregateStagePlan,
  scope: Scope,
): {
  readonly columns: readonly string[];
  readonly sides: readonly [Value, Value];
  readonly holds: string;
} {
  const columns: string[] = [];
  // Arithmetic may not stand around an aggregate function where it guards against overflow, so each gets a column.
  const call = (plan: Extract<AggregatePlan, { kind: 'call' }>): Value => {
    const argument = plan.argument === undefined ? undefined : compileValue(plan.argument, scope);
    return namedColumns(aggregateCall(plan.function, argument), `a${columns.length}`, columns);
  };
  const sides = [aggregateSide(stage.left, call), aggregateSide(stage.right, call)] as const;
  return { columns, sides, holds: compareValues(stage.operator, ...sides, false) };
}

/** Adds a column for each part of the value; returns the value in terms of these. */
export function namedColumns(value: Value, name: string, columns: string[]): Value {
  const parts = partsOf(value);
  for (const part of parts) columns.push(`${value[part]} AS ${name}_${part}`);
  return {
    ...Object.fromEntries(parts.map((part) => [part, `${name}_${part}`])),
    always: value.always ?? false,
  };
}

/** The same over no spans at all, where `count()` is 0 and every other aggregate is missing; undefined if never true. */
export function holdsForEmpty(stage: AggregateStagePlan): string | undefined {
  const sql = compareValues(stage.operator, overNothing(stage.left), overNothing(stage.right), false);
  return sql === 'false' ? undefined : sql;
}

/** An aggregate over no spans. */
export function overNothing(plan: AggregatePlan): Value {
  return aggregateSide(plan, (call) =>
    call.function === 'count' ? { i: '0::BIGINT', always: true } : MISSING,
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
  name: AggregateFunction,
  argument: Value | undefined,
  quantile?: number,
): Value {
  if (name === 'count') return { i: 'count(*)', always: true };
  if (argument === undefined) return MISSING;
  if (name === 'distinct')
    return {
      i: `count(DISTINCT CASE WHEN ${isPresent(argument)} THEN ${groupKey(argument)} END)`,
      always: true,
    };
  const number = numberOf(argument);
  if (number === undefined) return MISSING;
  switch (name) {
    case 'avg':
      return { d: `avg(${number})` };
    case 'quantile':
      return { d: `quantile_cont(${number}, ${quantile ?? 0.5})` };
    case 'sum':
      return typed(
        argument,
        number,
        (x) => `sum(${x})`,
        (x) => `TRY_CAST(sum(${x}) AS BIGINT)`,
      );
    case 'min':
    case 'max':
      return typed(
        argument,
        number,
        (x) => `${name}(${x})`,
        (x) => `${name}(${x})`,
      );
  }
}

function typed(
  argument: Value,
  number: string,
  double: (x: string) => string,
  int: (x: string) => string,
): Value {
  if (argument.d === undefined) return { i: int(argument.i ?? number) };
  if (argument.i === undefined) return { d: double(argument.d) };
  const onlyInts = `count(${argument.d}) = 0`;
  return {
    i: `CASE WHEN ${onlyInts} THEN ${int(argument.i)} END`,
    d: `CASE WHEN NOT (${onlyInts}) THEN ${double(number)} END`,
  };
}
