import type {
  BetweenPlan,
  ConditionPlan,
  PatternPlan,
  RelationPlan,
  ScalarPlan,
  SequencePlan,
} from '../../plan/plan.js';
import type { ConditionContext, Witness } from './condition-context.js';
import { hitTest } from './hits.js';
import { alignIds, type Side } from './ids.js';
import { flipped, type Mode, tolerance } from './mode.js';
import { Operands } from './operands.js';
import { atMost, edgesRelated, gapWithin } from './order.js';
import { scalarValue } from './scalar.js';
import { compilePattern } from './spanset.js';
import { compareValues, isPresent } from './value.js';

/** SQL over the case `c`: true, false, or null for "cannot tell". */
export function compileCondition(condition: ConditionPlan, mode: Mode, context: ConditionContext): string {
  switch (condition.kind) {
    case 'and':
    case 'or': {
      const operands = condition.operands.map((operand) => compileCondition(operand, mode, context));
      return `(${operands.join(condition.kind === 'and' ? ' AND ' : ' OR ')})`;
    }
    case 'not':
      return `(NOT ${compileCondition(condition.operand, flipped(mode), context)})`;
    case 'exists':
      return compileExists(condition.pattern, mode, context);
    case 'relation':
      return compileRelation(condition, mode, context);
    case 'between':
      return compileBetween(condition, mode, context);
    case 'sequence':
      return compileSequence(condition, mode, context);
    case 'present':
      return `(${isPresent(scalarValue(condition.scalar, context))})`;
    case 'compare': {
      const { operator } = condition;
      const sides = alignIds(operator, sideOf(condition.left, context), sideOf(condition.right, context));
      return `(${compareValues(operator, ...sides, true)})`;
    }
  }
}

function sideOf(scalar: ScalarPlan, context: ConditionContext): Side {
  const value = scalarValue(scalar, context);
  if (scalar.kind === 'field') return { value, field: scalar.field };
  return scalar.kind === 'constant' ? { value, constant: scalar.constant } : { value };
}

// ------------------------------------------------------------------------------------------------------------ tests

function compileExists(pattern: PatternPlan, mode: Mode, context: ConditionContext): string {
  if (pattern.bound !== undefined) return 'true';
  const hit = context.domain.hits === true ? hitTest(pattern.stages, context.ctes) : undefined;
  if (hit !== undefined) return hit;
  const set = compilePattern(pattern, context.domain, context.ctes);
  const key = pattern.perCase ? 'id' : 'trace';
  const found = isIn(key, set.narrow);
  witness(mode, context, { key, sql: `SELECT k0, row FROM ${set.narrow}` });
  return set.empties === undefined ? found : `(${found} OR c.${key} IN (${set.empties}))`;
}

function isIn(key: 'trace' | 'id', set: string): string {
  return `c.${key} IN (SELECT k0 FROM ${set})`;
}

/** What makes a `never` or a `when` true is evidence; an `always` fails because nothing matched. */
function witness(mode: Mode, context: ConditionContext, evidence: Witness): void {
  if (mode === 'never' || mode === 'when') context.witnesses.push(evidence);
}

function compileRelation(test: RelationPlan, mode: Mode, context: ConditionContext): string {
  const rows = new Operands(context);
  const left = rows.add('a', test.left);
  const right = rows.add('b', test.right);
  const related = edgesRelated(test.relation, left, right, test.gap, tolerance(mode, context.skewNs));
  const where = [`${left}row <> ${right}row`, ...related];
  const pairs = rows.select('pairs', [`${left}row AS a_row`, `${right}row AS b_row`], where);
  witness(mode, context, { key: rows.key, sql: `SELECT k0, unnest([a_row, b_row]) AS row FROM ${pairs}` });
  return orVacuous(isIn(rows.key, pairs), mode, [test.right], context);
}

/**
 * In a clause, a relation to a pattern that matches no span of the trace is satisfied: true where it is required, false
 * (as it is anyway without a pair) where it is forbidden.
 */
function orVacuous(
  found: string,
  mode: Mode,
  references: readonly PatternPlan[],
  context: ConditionContext,
): string {
  if (mode !== 'always') return found;
  const absent = references
    .filter((reference) => reference.bound === undefined)
    .map((reference) => {
      const set = compilePattern(reference, context.domain, context.ctes);
      return `NOT ${isIn(reference.perCase ? 'id' : 'trace', set.narrow)}`;
    });
  return absent.length === 0 ? found : `(${[found, ...absent].join(' OR ')})`;
}

function compileBetween(test: BetweenPlan, mode: Mode, context: ConditionContext): string {
  const gaps = new Operands(context);
  const from = gaps.add('f', test.from);
  const to = gaps.add('t', test.to);
  // Every `to` that starts at the earliest time after `from` is the next one.
  const pairs = gaps.select(
    'delimiters',
    [
      `${from}row AS from_row`,
      `${from}end_ns AS from_end`,
      `${to}row AS to_row`,
      `${to}start_ns AS next_start`,
    ],
    [`${from}row <> ${to}row`, `${to}start_ns >= ${from}end_ns`],
  );
  const nexts = context.ctes.add(
    'nexts',
    `SELECT * FROM ${pairs} QUALIFY next_start = min(next_start) OVER (PARTITION BY k0, from_row)`,
  );
  const named = [test.fromIs, test.toIs].some((name) => name !== undefined);
  const rows = new Operands(context, gaps.key === 'id' || named);
  const span = rows.add('a', test.pattern);
  const gap = rows.addTable('n', nexts, gaps.key);
  const delimiterIs = (column: string, name: string | undefined): readonly string[] =>
    name === undefined ? [] : [`${gap}${column} = ${context.domain.bound.get(name)}row`];
  const slack = tolerance(mode, context.skewNs);
  const inside = rows.select(
    'inside',
    [`${span}row AS row`],
    [
      `${span}row NOT IN (${gap}from_row, ${gap}to_row)`,
      ...delimiterIs('from_row', test.fromIs),
      ...delimiterIs('to_row', test.toIs),
      atMost(`${gap}from_end`, '<=', `${span}start_ns`, slack),
      atMost(`${span}end_ns`, '<=', `${gap}next_start`, slack),
    ],
  );
  witness(mode, context, { key: rows.key, sql: `SELECT k0, row FROM ${inside}` });
  const found = isIn(rows.key, inside);
  return mode === 'always' ? `(${found} OR NOT ${isIn(gaps.key, nexts)})` : found;
}

function compileSequence(test: SequencePlan, mode: Mode, context: ConditionContext): string {
  const rows = new Operands(context);
  const slack = tolerance(mode, context.skewNs);
  const where: string[] = [];
  const steps: string[] = [];
  for (const [n, step] of test.steps.entries()) {
    const here = rows.add(`s${n}`, step.pattern);
    for (const earlier of steps) where.push(`${earlier}row <> ${here}row`);
    const before = steps.at(-1);
    if (before !== undefined) {
      const edge = step.link === 'then starts' ? 'start_ns' : 'end_ns';
      where.push(atMost(`${before}${edge}`, '<=', `${here}start_ns`, slack));
      for (const [x, pattern] of step.without.entries())
        where.push(nothingBetween(`x${n}_${x}`, pattern, before, here, edge, rows, context));
    }
    steps.push(here);
  }
  const [first, last] = [steps[0]!, steps.at(-1)!];
  where.push(...gapWithin(`${last}end_ns - ${first}start_ns`, test.gap, slack));
  const found = rows.select(
    'sequences',
    steps.map((step, n) => `${step}row AS row_${n}`),
    where,
  );
  const all = steps.map((_, n) => `row_${n}`).join(', ');
  witness(mode, context, { key: rows.key, sql: `SELECT k0, unnest([${all}]) AS row FROM ${found}` });
  return isIn(rows.key, found);
}

function nothingBetween(
  alias: string,
  pattern: PatternPlan,
  before: string,
  after: string,
  edge: 'start_ns' | 'end_ns',
  rows: Operands,
  context: ConditionContext,
): string {
  const set = compilePattern(pattern, context.domain, context.ctes);
  const last = edge === 'start_ns' ? 'start_ns' : 'end_ns';
  const where = [
    `${alias}.k0 = ${rows.keyFor(pattern)}`,
    `${alias}.row NOT IN (${before}row, ${after}row)`,
    `${alias}.start_ns >= ${before}${edge}`,
    `${alias}.${last} <= ${after}start_ns`,
  ];
  return `NOT EXISTS (SELECT 1 FROM ${set.wide} ${alias} WHERE ${where.join(' AND ')})`;
}
