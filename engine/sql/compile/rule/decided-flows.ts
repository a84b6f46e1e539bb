/** Which clause decides each case of a rule across traces, which may also be undecided. */
import type { ClausePlan, Plan, RulePlan } from '../../../plan/plan.js';
import { join, name, names, type Sql, sql } from '../../text/sql.js';
import type { ConditionContext } from '../condition/condition-context.js';
import { Tests } from '../condition/open.js';
import type { Ctes } from '../ctes.js';
import { CASE_ALIAS } from '../domain.js';
import { keptNames, keptOf } from './decided.js';
import { wholeClauses } from './requirements.js';

/**
 * What `decidedBy` gives, and `undecided`: the first clause of which that is so. A clause that is violated
 * for good decides a case, whatever the others may come to; where `when` may come not to hold, nothing does.
 */
export function decidedOverFlows(rule: RulePlan, { predicates }: Plan, context: ConditionContext): Sql {
  const { ctes, domain } = context;
  const endNs = ctes.flows?.endNs;
  const all = wholeClauses(rule);
  const tests = new Tests(context, predicates, endNs);
  const truths = all.map(({ keyword, condition }) => ({ keyword, ...tests.decide(condition, keyword) }));
  const columns = [
    ...keptOf(rule),
    ...watchedNames(ctes).map((column) => sql`${CASE_ALIAS}.${name(column)}`),
    sql`${CASE_ALIAS}.is_open`,
    sql`${CASE_ALIAS}.may_not_apply`,
    ...tests.columns,
  ];
  const tested = ctes.add(
    'tested',
    sql`SELECT ${join(columns, ', ')} FROM ${domain.cases} ${CASE_ALIAS} ${join(context.joins, ' ')}`,
  );
  const judged = ctes.add(
    'judged',
    sql`SELECT *, ${join(
      truths.map(({ holds, open }, n) => sql`${holds} AS holds_${n}, ${open} AS open_${n}`),
      ', ',
    )} FROM ${tested}`,
  );
  const firstOf = (test: (keyword: ClausePlan['keyword'], index: number) => Sql): Sql =>
    sql`CASE ${join(
      all.map(({ keyword, clause }, n) => sql`WHEN ${test(keyword, n)} THEN ${clause}`),
      ' ',
    )} END`;
  const violated = (keyword: ClausePlan['keyword'], n: number): Sql =>
    keyword === 'always' ? sql`NOT holds_${n}` : sql`holds_${n}`;
  const forGood = (test: Sql, n: number): Sql => sql`${test} AND NOT open_${n} AND NOT may_not_apply`;
  const broken = firstOf((keyword, n) => forGood(violated(keyword, n), n));
  // What can never be determined counts as violated where the rule requires it, whatever else is open.
  const failed = rule.settings.required
    ? sql`coalesce(${broken}, ${firstOf((_, n) => forGood(sql`holds_${n} IS NULL`, n))})`
    : broken;
  const undecided = firstOf((_, n) => sql`open_${n} OR may_not_apply`);
  const unknown = firstOf((_, n) => sql`holds_${n} IS NULL`);
  const kept = [...keptNames(rule), ...watchedNames(ctes)];
  const decided = sql`SELECT *, ${failed} AS failed, ${undecided} AS undecided, ${unknown} AS unknown FROM ${judged}`;
  const shown = [
    ...names([...kept, 'failed', 'undecided', 'unknown']),
    ...(ctes.flows?.watched === undefined ? [] : [sql`${dueSql(tests)} AS due_ns`]),
  ];
  return ctes.add('decided', sql`SELECT ${join(shown, ', ')} FROM (${decided})`);
}

/** What a verdict keeps of a case that is watched. */
function watchedNames({ flows }: Ctes): readonly string[] {
  return flows?.watched === undefined ? [] : ['first_ns', 'last_ns', 'unseen', 'when_due_ns', 'flow'];
}

/** When a case is to be judged again: where it is undecided once a test may be decided, else when it is to be counted. */
function dueSql(tests: Tests): Sql {
  return sql`CASE WHEN is_open THEN CASE WHEN failed IS NULL AND undecided IS NOT NULL THEN least(${tests.nextLast()}, when_due_ns) ELSE last_ns END END`;
}
