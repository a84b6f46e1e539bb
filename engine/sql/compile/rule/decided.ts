/** Which clause decides each case of a rule about traces. */
import type { RulePlan } from '../../../plan/plan.js';
import { RULE_CASES, RULE_DECIDED } from '../../tables.js';
import { allBut } from '../../text/operations.js';
import { join, name, type Sql, sql } from '../../text/sql.js';
import { compileCondition } from '../condition/condition.js';
import type { ConditionContext } from '../condition/condition-context.js';
import type { Ctes } from '../ctes.js';
import { CASE_ALIAS } from '../domain.js';
import { bindingColumn } from './cases.js';
import type { Requirement } from './requirements.js';

/** The cases with the first of these clauses that is violated and the first that is unknown; null for none. */
export function decidedBy(rule: RulePlan, all: readonly Requirement[], context: ConditionContext): Sql {
  const truths = all.map(
    ({ keyword, condition }, n) => sql`${compileCondition(condition, keyword, context)} AS holds_${n}`,
  );
  const { ctes } = context;
  const judged = ctes.add(
    'judged',
    sql`SELECT ${join([...keptOf(rule), ...truths], ', ')} FROM ${context.domain.cases} ${CASE_ALIAS} ${join(context.joins, ' ')}`,
  );
  const firstOf = (test: (requirement: Requirement, holds: Sql) => Sql): Sql =>
    sql`CASE ${join(
      all.map((requirement, n) => sql`WHEN ${test(requirement, sql`holds_${n}`)} THEN ${requirement.clause}`),
      ' ',
    )} END`;
  const failed = firstOf(({ keyword }, holds) => (keyword === 'always' ? sql`NOT ${holds}` : holds));
  const unknown = firstOf((_, holds) => sql`${holds} IS NULL`);
  const truthColumns = all.map((_, n) => `holds_${n}`);
  return ctes.add(
    'decided',
    sql`SELECT ${allBut(truthColumns)}, ${failed} AS failed, ${unknown} AS unknown FROM ${judged}`,
  );
}

/** The same out of what `partsSql` made. */
export function decidedInParts(rule: RulePlan, ctes: Ctes): Sql {
  const first = sql`SELECT id, min(failed) AS failed, min(unknown) AS unknown FROM ${RULE_DECIDED} GROUP BY id`;
  return ctes.add(
    'decided',
    sql`SELECT ${join(keptOf(rule), ', ')}, failed, unknown FROM ${RULE_CASES} ${CASE_ALIAS} LEFT JOIN (${first}) USING (id)`,
  );
}

/** What a verdict keeps of its case. */
export function keptOf(rule: RulePlan): readonly Sql[] {
  return keptNames(rule).map((column) => sql`${CASE_ALIAS}.${name(column)}`);
}

export function keptNames({ bindings }: RulePlan): readonly string[] {
  const rows = bindings.map((binding, n) => `${bindingColumn(binding.name, n)}__row`);
  return ['id', 'trace', 'time_ns', ...rows];
}
