import { RELATIONS } from '../../../language/words/words.js';
import type {
  BetweenPlan,
  ConditionPlan,
  PatternPlan,
  RelationPlan,
  ScalarPlan,
  SequencePlan,
} from '../../../plan/plan.js';
import { list, qualify, rowsOf } from '../../text/operations.js';
import { join, name, type Sql, sql, TRUE } from '../../text/sql.js';
import { CASE_ALIAS, spansTraces } from '../domain.js';
import { compilePattern } from '../spanset/spanset.js';
import { compareValues } from '../value/compare.js';
import { alignIds, type Side } from '../value/ids.js';
import { isPresent } from '../value/value.js';
import type { ConditionContext, Witness } from './condition-context.js';
import { hitTest } from './hits.js';
import { flipped, type Mode, tolerance } from './mode.js';
import { Operands } from './operands.js';
import { atMost, edgesRelated, gapWithin } from './order.js';
import { scalarValue } from './scalar.js';

/**
 * SQL over the case `c`: true, false, or null for "cannot tell". What hits of traces alone decide of a condition is worked out without SQL in
 * `signature.ts` (`decidedByHits`), which must agree: a change of what a condition means is a change of both.
 */
export function compileCondition(condition: ConditionPlan, mode: Mode, context: ConditionContext): Sql {
  switch (condition.kind) {
    case 'and':
    case 'or': {
      const operands = condition.operands.map((operand) => compileCondition(operand, mode, context));
      return sql`(${join(operands, condition.kind === 'and' ? ' AND ' : ' OR ')})`;
    }
    case 'not':
      return sql`(NOT ${compileCondition(condition.operand, flipped(mode), context)})`;
    case 'exists':
      return compileExists(condition.pattern, mode, context);
    case 'relation':
      return compileRelation(condition, mode, context);
    case 'between':
      return compileBetween(condition, mode, context);
    case 'sequence':
      return compileSequence(condition, mode, context);
    case 'present':
      return sql`(${isPresent(scalarValue(condition.scalar, context))})`;
    case 'compare': {
      const { operator } = condition;
      const sides = alignIds(operator, sideOf(condition.left, context), sideOf(condition.right, context));
      return sql`(${compareValues(operator, ...sides, true)})`;
    }
  }
}

function sideOf(scalar: ScalarPlan, context: ConditionContext): Side {
  const value = scalarValue(scalar, context);
  if (scalar.kind === 'field') return { value, field: scalar.field };
  return scalar.kind === 'constant' ? { value, constant: scalar.constant } : { value };
}

// ------------------------------------------------------------------------------------------------------------ tests

function compileExists(pattern: PatternPlan, mode: Mode, context: ConditionContext): Sql {
  if (pattern.bound !== undefined) return TRUE;
  const hit = context.domain.hits === true ? hitTest(pattern.stages, context.ctes) : undefined;
  if (hit !== undefined) return hit;
  const set = compilePattern(pattern, context);
  const key = pattern.perCase ? 'id' : 'trace';
  const found = isIn(key, set.narrow);
  witness(mode, context, { key, sql: sql`SELECT k0, row FROM ${set.narrow}` });
  return set.empties === undefined
    ? found
    : sql`(${found} OR ${CASE_ALIAS}.${name(key)} IN (${set.empties}))`;
}

function isIn(key: 'trace' | 'id', set: Sql): Sql {
  return sql`${CASE_ALIAS}.${name(key)} IN (SELECT k0 FROM ${set})`;
}

/** What makes a `never` or a `when` true is evidence; an `always` fails because nothing matched. */
function witness(mode: Mode, context: ConditionContext, evidence: Witness): void {
  if (mode === 'never' || mode === 'when') context.witnesses.push(evidence);
}

function compileRelation(test: RelationPlan, mode: Mode, context: ConditionContext): Sql {
  const rows = new Operands(context);
  const left = rows.add(sql`a`, test.left);
  const right = rows.add(sql`b`, test.right);
  const related = edgesRelated(test.relation, left, right, test.gap, tolerance(mode, context.skewNs));
  const oneTrace =
    spansTraces(context.domain) && RELATIONS[test.relation].compares === 'tree'
      ? [sql`${left}trace = ${right}trace`]
      : [];
  const where = [sql`${left}row <> ${right}row`, ...oneTrace, ...related];
  const pairs = rows.select('pairs', [sql`${left}row AS a_row`, sql`${right}row AS b_row`], where);
  witness(mode, context, {
    key: rows.key,
    sql: sql`SELECT k0, ${rowsOf(list([sql`a_row`, sql`b_row`]))} AS row FROM ${pairs}`,
  });
  return orVacuous(isIn(rows.key, pairs), mode, [test.right], context);
}

/**
 * In a clause, a relation to a pattern that matches no span of the trace is satisfied: true where it is required, false
 * (as it is anyway without a pair) where it is forbidden.
 */
function orVacuous(
  found: Sql,
  mode: Mode,
  references: readonly PatternPlan[],
  context: ConditionContext,
): Sql {
  if (mode !== 'always') return found;
  const absent = references
    .filter((reference) => reference.bound === undefined)
    .map((reference) => {
      const set = compilePattern(reference, context);
      return sql`NOT ${isIn(reference.perCase ? 'id' : 'trace', set.narrow)}`;
    });
  return absent.length === 0 ? found : sql`(${join([found, ...absent], ' OR ')})`;
}

function compileBetween(test: BetweenPlan, mode: Mode, context: ConditionContext): Sql {
  const gaps = new Operands(context);
  const from = gaps.add(sql`f`, test.from);
  const to = gaps.add(sql`t`, test.to);
  // Every `to` that starts at the earliest time after `from` is the next one.
  const pairs = gaps.select(
    'delimiters',
    [
      sql`${from}row AS from_row`,
      sql`${from}end_ns AS from_end`,
      sql`${to}row AS to_row`,
      sql`${to}start_ns AS next_start`,
    ],
    [sql`${from}row <> ${to}row`, sql`${to}start_ns >= ${from}end_ns`],
  );
  const nexts = context.ctes.add(
    'nexts',
    sql`SELECT * FROM ${pairs} ${qualify(sql`next_start = min(next_start) OVER (PARTITION BY k0, from_row)`)}`,
  );
  const named = [test.fromIs, test.toIs].some((called) => called !== undefined);
  const rows = new Operands(context, gaps.key === 'id' || named);
  const span = rows.add(sql`a`, test.pattern);
  const gap = rows.addTable(sql`n`, nexts, gaps.key);
  const delimiterIs = (column: 'from_row' | 'to_row', called: string | undefined): readonly Sql[] =>
    called === undefined ? [] : [sql`${gap}${name(column)} = ${context.domain.bound.get(called)!}row`];
  const slack = tolerance(mode, context.skewNs);
  const inside = rows.select(
    'inside',
    [sql`${span}row AS row`],
    [
      sql`${span}row NOT IN (${gap}from_row, ${gap}to_row)`,
      ...delimiterIs('from_row', test.fromIs),
      ...delimiterIs('to_row', test.toIs),
      atMost(sql`${gap}from_end`, '<=', sql`${span}start_ns`, slack),
      atMost(sql`${span}end_ns`, '<=', sql`${gap}next_start`, slack),
    ],
  );
  witness(mode, context, { key: rows.key, sql: sql`SELECT k0, row FROM ${inside}` });
  const found = isIn(rows.key, inside);
  return mode === 'always' ? sql`(${found} OR NOT ${isIn(gaps.key, nexts)})` : found;
}

function compileSequence(test: SequencePlan, mode: Mode, context: ConditionContext): Sql {
  const rows = new Operands(context);
  const slack = tolerance(mode, context.skewNs);
  const where: Sql[] = [];
  const steps: Sql[] = [];
  for (const [n, step] of test.steps.entries()) {
    const here = rows.add(sql`s${n}`, step.pattern);
    for (const earlier of steps) where.push(sql`${earlier}row <> ${here}row`);
    const before = steps.at(-1);
    if (before !== undefined) {
      const edge = step.link === 'then starts' ? 'start_ns' : 'end_ns';
      where.push(atMost(sql`${before}${name(edge)}`, '<=', sql`${here}start_ns`, slack));
      for (const [x, pattern] of step.without.entries())
        where.push(
          nothingBetween({ alias: sql`x${n}_${x}`, pattern, before, after: here, edge }, rows, context),
        );
    }
    steps.push(here);
  }
  const [first, last] = [steps[0]!, steps.at(-1)!];
  where.push(...gapWithin(sql`${last}end_ns - ${first}start_ns`, test.gap, slack));
  const found = rows.select(
    'sequences',
    steps.map((step, n) => sql`${step}row AS row_${n}`),
    where,
  );
  const all = rowsOf(list(steps.map((_, n) => sql`row_${n}`)));
  witness(mode, context, { key: rows.key, sql: sql`SELECT k0, ${all} AS row FROM ${found}` });
  return isIn(rows.key, found);
}

/** That no span `alias` of the pattern lies between the spans with the prefixes `before` (from its `edge` on) and `after`. */
function nothingBetween(
  { alias, pattern, before, after, edge }: Gap,
  rows: Operands,
  context: ConditionContext,
): Sql {
  const set = compilePattern(pattern, context);
  const last = edge === 'start_ns' ? 'start_ns' : 'end_ns';
  const where = [
    sql`${alias}.k0 = ${rows.keyFor(pattern)}`,
    sql`${alias}.row NOT IN (${before}row, ${after}row)`,
    sql`${alias}.start_ns >= ${before}${name(edge)}`,
    sql`${alias}.${name(last)} <= ${after}start_ns`,
  ];
  return sql`NOT EXISTS (SELECT 1 FROM ${set.wide} ${alias} WHERE ${join(where, ' AND ')})`;
}

interface Gap {
  readonly alias: Sql;
  readonly pattern: PatternPlan;
  readonly before: Sql;
  readonly after: Sql;
  readonly edge: 'start_ns' | 'end_ns';
}
