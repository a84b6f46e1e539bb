import { mentionsBound } from '../../../plan/expression.js';
import type { ScalarPlan } from '../../../plan/plan.js';
import { join, name, type Sql, sql } from '../../text/sql.js';
import { CASE_ALIAS, TRACE_DOMAIN } from '../domain.js';
import { aggregateCall, namedColumns } from '../spanset/aggregate.js';
import { chosenItems, compilePattern } from '../spanset/spanset.js';
import { arithmetic, negate } from '../value/arithmetic.js';
import { compileValue } from '../value/expression.js';
import { constantValue, partsOf, type Value } from '../value/value.js';
import { callValue } from '../value/value-functions.js';
import type { ConditionContext } from './condition-context.js';

/** A scalar as a value of the case's row; aggregates add their joins to the context. */
export function scalarValue(scalar: ScalarPlan, context: ConditionContext): Value {
  switch (scalar.kind) {
    case 'constant':
      return constantValue(scalar.constant);
    case 'field':
      return compileValue(
        { kind: 'field', field: scalar.field },
        { columns: context.ctes.columns, span: CASE_ALIAS, bound: context.domain.bound },
      );
    case 'aggregate':
      return aggregateValue(scalar, context);
    case 'arithmetic':
      return arithmetic(
        scalar.operator,
        scalarValue(scalar.left, context),
        scalarValue(scalar.right, context),
      );
    case 'negate':
      return negate(scalarValue(scalar.operand, context));
    case 'call':
      return callValue(scalar, scalarValue(scalar.operand, context));
  }
}

/** An aggregate is computed for all traces (cases) at once and joined to each; a case without matching spans counts 0. */
function aggregateValue(
  scalar: Extract<ScalarPlan, { kind: 'aggregate' }>,
  context: ConditionContext,
): Value {
  const { ctes, domain } = context;
  const { pattern, argument } = scalar;
  const perCase = pattern.perCase || (argument !== undefined && mentionsBound(argument));
  const scope = { columns: ctes.columns, span: sql`m`, ...(perCase ? { bound: domain.bound } : {}) };
  const value = argument === undefined ? undefined : compileValue(argument, scope);
  const columns: Sql[] = [];
  const result = namedColumns(aggregateCall(scalar.function, value, scalar.quantile), 'x', columns);
  const readsCases = argument !== undefined && mentionsBound(argument);
  const key = pattern.bound !== undefined || readsCases ? sql`${CASE_ALIAS}.id` : sql`m.k0`;
  const cases = sql`${domain.cases} ${CASE_ALIAS}`;
  const spansOfPattern = (): Sql => {
    const set = compilePattern(pattern, context);
    const rows = { domain: pattern.perCase ? domain : TRACE_DOMAIN, ctes };
    return chosenItems(set, argument === undefined ? [] : [argument], rows).wide;
  };
  const from =
    pattern.bound !== undefined
      ? sql`${cases} JOIN ${ctes.matched} m ON m.row = ${domain.bound.get(pattern.bound)!}row`
      : readsCases
        ? sql`${cases} JOIN ${spansOfPattern()} m ON m.k0 = ${CASE_ALIAS}.${name(pattern.perCase ? 'id' : 'trace')}`
        : sql`${spansOfPattern()} m`;
  const aggregate = ctes.add(
    'aggregate',
    sql`SELECT ${join([sql`${key} AS k0`, ...columns], ', ')} FROM ${from} GROUP BY ${key}`,
  );
  context.joins.push(
    sql`LEFT JOIN ${aggregate} ON ${aggregate}.k0 = ${CASE_ALIAS}.${name(perCase ? 'id' : 'trace')}`,
  );
  if (result.present) return { i: sql`coalesce(${aggregate}.x_i, 0)`, present: true };
  return Object.fromEntries(partsOf(result).map((part) => [part, sql`${aggregate}.${result[part]!}`]));
}
