import type { PairRelation } from '../../../language/tree/ast.js';
import type { GapPlan } from '../../../plan/plan.js';
import { int } from '../../text/operations.js';
import { type Sql, sql } from '../../text/sql.js';
import { STRUCTURE } from '../spanset/structure.js';

/** SQL of `left <= right` or `left < right` within the tolerance. */
export function atMost(left: Sql, operator: '<=' | '<', right: Sql, slack: bigint): Sql {
  const comparison = operator === '<' ? sql`<` : sql`<=`;
  if (slack === 0n) return sql`${left} ${comparison} ${right}`;
  return slack > 0n
    ? sql`${left} ${comparison} ${right} + ${int(slack)}`
    : sql`${left} ${comparison} ${right} - ${int(-slack)}`;
}

/** SQL of the bounds on a gap within the tolerance. */
export function gapWithin(gap: Sql, { within, atLeast }: GapPlan, slack: bigint): readonly Sql[] {
  return [
    ...(within === undefined ? [] : [sql`${gap} <= ${int(BigInt(within) + slack)}`]),
    ...(atLeast === undefined ? [] : [sql`${gap} >= ${int(BigInt(atLeast) - slack)}`]),
  ];
}

/**
 * The conditions of `a relation b` with its gap. `a` and `b` are prefixes of the columns `start_ns`, `end_ns` and the
 * nested set numbers; `slack` is the `tolerance`.
 */
export function edgesRelated(
  relation: PairRelation,
  a: Sql,
  b: Sql,
  gap: GapPlan,
  slack: bigint,
): readonly Sql[] {
  const ordered = (earlier: Sql, operator: '<=' | '<', later: Sql): readonly Sql[] => [
    atMost(earlier, operator, later, slack),
    ...gapWithin(sql`${later} - ${earlier}`, gap, slack),
  ];
  switch (relation) {
    case 'before':
      return ordered(sql`${a}end_ns`, '<=', sql`${b}start_ns`);
    case 'after':
      return ordered(sql`${b}end_ns`, '<=', sql`${a}start_ns`);
    case 'starts before':
      return ordered(sql`${a}start_ns`, '<', sql`${b}start_ns`);
    case 'starts after':
      return ordered(sql`${b}start_ns`, '<', sql`${a}start_ns`);
    case 'ends before':
      return ordered(sql`${a}end_ns`, '<', sql`${b}end_ns`);
    case 'ends after':
      return ordered(sql`${b}end_ns`, '<', sql`${a}end_ns`);
    case 'during':
      return [
        atMost(sql`${b}start_ns`, '<=', sql`${a}start_ns`, slack),
        atMost(sql`${a}end_ns`, '<=', sql`${b}end_ns`, slack),
      ];
    case 'overlaps':
      return [
        atMost(sql`${a}start_ns`, '<', sql`${b}end_ns`, slack),
        atMost(sql`${b}start_ns`, '<', sql`${a}end_ns`, slack),
      ];
    case 'under':
      return [STRUCTURE['>>'](b, a)];
    case 'over':
      return [STRUCTURE['<<'](b, a)];
  }
}
