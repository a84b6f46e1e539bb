import type { PairRelation } from '../../language/ast.js';
import type { GapPlan } from '../../plan/plan.js';
import { intLiteral } from '../dialects/duckdb/literal.js';
import { STRUCTURE } from './structure.js';

/** SQL of `left <= right` or `left < right` within the tolerance. */
export function atMost(left: string, operator: '<=' | '<', right: string, slack: bigint): string {
  if (slack === 0n) return `${left} ${operator} ${right}`;
  return slack > 0n
    ? `${left} ${operator} ${right} + ${intLiteral(slack)}`
    : `${left} ${operator} ${right} - ${intLiteral(-slack)}`;
}

/** SQL of the bounds on a gap within the tolerance. */
export function gapWithin(gap: string, { within, atLeast }: GapPlan, slack: bigint): readonly string[] {
  return [
    ...(within === undefined ? [] : [`${gap} <= ${intLiteral(BigInt(within) + slack)}`]),
    ...(atLeast === undefined ? [] : [`${gap} >= ${intLiteral(BigInt(atLeast) - slack)}`]),
  ];
}

/**
 * The conditions of `a relation b` with its gap. `a` and `b` are prefixes of the columns `start_ns`, `end_ns` and the
 * nested set numbers; `slack` is the `tolerance`.
 */
export function edgesRelated(
  relation: PairRelation,
  a: string,
  b: string,
  gap: GapPlan,
  slack: bigint,
): readonly string[] {
  const ordered = (earlier: string, operator: '<=' | '<', later: string): readonly string[] => [
    atMost(earlier, operator, later, slack),
    ...gapWithin(`${later} - ${earlier}`, gap, slack),
  ];
  switch (relation) {
    case 'before':
      return ordered(`${a}end_ns`, '<=', `${b}start_ns`);
    case 'after':
      return ordered(`${b}end_ns`, '<=', `${a}start_ns`);
    case 'starts before':
      return ordered(`${a}start_ns`, '<', `${b}start_ns`);
    case 'starts after':
      return ordered(`${b}start_ns`, '<', `${a}start_ns`);
    case 'ends before':
      return ordered(`${a}end_ns`, '<', `${b}end_ns`);
    case 'ends after':
      return ordered(`${b}end_ns`, '<', `${a}end_ns`);
    case 'during':
      return [
        atMost(`${b}start_ns`, '<=', `${a}start_ns`, slack),
        atMost(`${a}end_ns`, '<=', `${b}end_ns`, slack),
      ];
    case 'overlaps':
      return [
        atMost(`${a}start_ns`, '<', `${b}end_ns`, slack),
        atMost(`${b}start_ns`, '<', `${a}end_ns`, slack),
      ];
    case 'under':
      return [STRUCTURE['>>'](b, a)];
    case 'over':
      return [STRUCTURE['<<'](b, a)];
  }
}
