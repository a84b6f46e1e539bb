import type { Plan, RulePlan } from '../../../plan/plan.js';
import { TRACES } from '../../tables.js';
import { join, type Sql, sql } from '../../text/sql.js';
import { Ctes } from '../ctes.js';
import { CASE_ALIAS } from '../domain.js';
import type { Relations } from '../relations.js';
import { compilePattern } from '../spanset/spanset.js';
import { casesOf } from './cases-of-rule.js';

/**
 * SELECTs which of the patterns of a rule's needs, by their numbers, match a span: `pattern` and `key`, which is SQL over the row `t` of
 * `traces`.
 */
export function patternsSql(
  rule: RulePlan,
  relations: Relations,
  patterns: readonly number[],
  key: Sql,
  plan: Pick<Plan, 'predicates'>,
): Sql {
  const ctes = new Ctes(relations);
  const { domain } = casesOf(rule, ctes, plan);
  const selects = patterns.flatMap((patternIndex) => {
    const pattern = rule.needs.patterns[patternIndex];
    if (pattern === undefined) return [];
    const { narrow } = compilePattern(pattern, { domain, ctes });
    const traces = pattern.perCase
      ? sql`${narrow} n JOIN ${domain.cases} ${CASE_ALIAS} ON ${CASE_ALIAS}.id = n.k0 JOIN ${TRACES} t ON t.trace = ${CASE_ALIAS}.trace`
      : sql`${narrow} n JOIN ${TRACES} t ON t.trace = n.k0`;
    return [sql`SELECT DISTINCT ${patternIndex} AS pattern, ${key} AS key FROM ${traces}`];
  });
  return sql`${ctes.with()}${join(selects, '\nUNION ALL\n')}`;
}
