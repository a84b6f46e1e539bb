/** The verdicts of rules as SQL. */
import type { Plan } from '../../../plan/plan.js';
import { VERDICT } from '../../../verdicts/verdict.js';
import { RULE_CASES, RULE_DECIDED, VERDICTS } from '../../tables.js';
import { allBut, anyValue, cast, emptyTable, isIn, list, tableAs } from '../../text/operations.js';
import { EMPTY, join, name, names, type Sql, sql } from '../../text/sql.js';
import { Ctes } from '../ctes.js';
import type { Relations } from '../relations.js';
import { bindingColumn } from './cases.js';
import { casesOf, contextOf } from './cases-of-rule.js';
import { decidedBy, decidedInParts } from './decided.js';
import { decidedOverFlows } from './decided-flows.js';
import { isInParts, JUDGED_TOGETHER, requirementsOf, wholeClauses } from './requirements.js';
import { VERDICT_COLUMNS } from './verdict-columns.js';
import { WATCHED_COLUMNS, watchedRows } from './watched-rows.js';

/**
 * The verdicts of all rules. A case that did not pass has a row: `rule` (its index in the plan), `id` (unique in the rule),
 * `trace`, `time_ns`, `verdict`, `clause` (the index in `RulePlan.clauses` of the clause that decided it) and `bound`, the
 * rows of its bound spans. Cases that passed are only counted, unless each is asked for: a row for each bucket of time, or each
 * trace, with their number in `cases` (1 in the other rows).
 */
export function verdictsTable({ flows }: Relations): Sql {
  return emptyTable(
    VERDICTS,
    [...VERDICT_COLUMNS, ...(flows?.watched === undefined ? [] : WATCHED_COLUMNS)],
    { replace: true },
  );
}

/** Whether a row of `VERDICTS` is of one of the rules, by index. */
export function isOneOf(rules: readonly number[]): Sql {
  return isIn(cast(list(rules.map((rule) => sql`${rule}`)), 'int32[]'), sql`rule`);
}

/**
 * What is to run before `verdictsSql` of a rule that requires more than one statement can judge well, none for others: the cases
 * become a table, and some requirements after the other are judged on them.
 */
export function partsSql(plan: Plan, ruleIndex: number, relations: Relations): readonly Sql[] {
  const rule = plan.rules[ruleIndex]!;
  if (!isInParts(rule)) return [];
  const ctes = new Ctes(relations);
  const { cases } = casesOf(rule, ctes, plan).domain;
  const all = requirementsOf(rule);
  const parts = Array.from({ length: Math.ceil(all.length / JUDGED_TOGETHER) }, (_, part) => {
    const some = all.slice(part * JUDGED_TOGETHER, (part + 1) * JUDGED_TOGETHER);
    const ctesOfPart = new Ctes(relations);
    const context = contextOf(rule, RULE_CASES, ctesOfPart, rule.settings.skewNs);
    const decided = decidedBy(rule, some, context);
    return sql`INSERT INTO ${RULE_DECIDED}
${ctesOfPart.with()}SELECT id, failed, unknown FROM ${decided} WHERE failed IS NOT NULL OR unknown IS NOT NULL`;
  });
  return [
    tableAs(RULE_CASES, sql`${ctes.with()}SELECT * FROM ${cases}`, OWN),
    emptyTable(
      RULE_DECIDED,
      [
        ['id', 'int64'],
        ['failed', 'int32'],
        ['unknown', 'int32'],
      ],
      OWN,
    ),
    ...parts,
  ];
}

/** Each connection judges a rule of its own. */
const OWN = { replace: true, own: true } as const;

/**
 * SELECTs the rows of `verdicts` of one rule, after `partsSql`. `passKey` is the SQL that passed cases are counted by; without it
 * they are left out, with `each` they have rows as the others have.
 */
export function verdictsSql(
  ruleIndex: number,
  plan: Plan,
  relations: Relations,
  passKey?: Sql | 'each',
): Sql {
  const rule = plan.rules[ruleIndex]!;
  const ctes = new Ctes(relations);
  const decided =
    rule.flow !== undefined
      ? decidedOverFlows(rule, plan, casesOf(rule, ctes, plan))
      : isInParts(rule)
        ? decidedInParts(rule, ctes)
        : decidedBy(rule, wholeClauses(rule), casesOf(rule, ctes, plan));
  const unknownIs = rule.settings.required ? VERDICT.violation : VERDICT.cannotTell;
  const undecided =
    rule.flow === undefined ? EMPTY : sql` WHEN undecided IS NOT NULL THEN ${VERDICT.undecided}`;
  const columns = rule.flow === undefined ? ['failed', 'unknown'] : ['failed', 'undecided', 'unknown'];
  const verdict = sql`CASE WHEN failed IS NOT NULL THEN ${VERDICT.violation}${undecided} WHEN unknown IS NOT NULL THEN ${unknownIs} ELSE ${VERDICT.pass} END`;
  const all = ctes.add(
    'verdicts',
    sql`SELECT ${allBut(columns)}, coalesce(${join(names(columns), ', ')}) AS clause, ${verdict} AS verdict FROM ${decided}`,
    { once: (passKey !== undefined && passKey !== 'each') || ctes.flows?.watched !== undefined }, // read twice
  );
  const bound = rule.bindings.map((binding, b) => name(`${bindingColumn(binding.name, b)}__row`));
  const { flows } = relations;
  if (rule.flow !== undefined && flows?.watched !== undefined) return watchedRows(rule, ruleIndex, all, ctes);
  const each = sql`SELECT ${ruleIndex} AS rule, id, trace, time_ns, verdict, clause, ${cast(list(bound), 'int64[]')} AS bound, 1 AS cases`;
  if (passKey === 'each') return sql`${ctes.with()}${each} FROM ${all}`;
  const notPassed = [each, sql`FROM ${all} WHERE verdict <> ${VERDICT.pass}`];
  if (passKey === undefined) return sql`${ctes.with()}${join(notPassed, '\n')}`;
  const passed = [
    sql`UNION ALL`,
    sql`SELECT ${ruleIndex}, NULL, ${anyValue(sql`trace`)}, min(time_ns), ${VERDICT.pass}, NULL, ${cast(list([]), 'int64[]')}, count(*)`,
    sql`FROM ${all} WHERE verdict = ${VERDICT.pass} GROUP BY ${passKey}`,
  ];
  return sql`${ctes.with()}${join([...notPassed, ...passed], '\n')}`;
}
