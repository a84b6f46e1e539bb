import type { ClausePlan, ConditionPlan, Plan, RulePlan } from '../../plan/plan.js';
import { VERDICT } from '../../verdicts/verdict.js';
import { bindingColumn, bindingPrefixes, caseColumns } from './cases.js';
import { compileCondition } from './condition.js';
import type { ConditionContext } from './condition-context.js';
import { Ctes } from './ctes.js';
import { CASE_ALIAS, type Domain } from './domain.js';
import { hitTest } from './hits.js';
import type { Relations } from './relations.js';
import { compilePattern } from './spanset.js';

/**
 * The verdicts of all rules. A case that did not pass has a row: `rule` (its index in the plan), `id` (unique in the rule),
 * `trace`, `time_ns`, `verdict`, `clause` (the index in `RulePlan.clauses` of the clause that decided it) and `bound`, the
 * rows of its bound spans. Cases that passed are only counted: a row for each bucket of time, or each trace, with their
 * number in `cases` (1 in the other rows).
 */
export const VERDICTS_SQL =
  'CREATE OR REPLACE TABLE verdicts (rule INTEGER, id BIGINT, trace BIGINT, time_ns BIGINT, verdict TINYINT, clause INTEGER, bound BIGINT[], cases BIGINT)';

/** Where patterns cannot depend on cases yet. */
const NO_CASES: Domain = { kind: 'trace' };

/**
 * Requirements judged by one statement. Each brings joins: DuckDB plans them in time that grows with the square of their number and
 * more, and needs memory for all at once.
 */
const JUDGED_TOGETHER = 16;

/** A clause, or a part of one that decides it alone. */
interface Requirement {
  /** Index of the clause. */
  readonly clause: number;
  readonly keyword: ClausePlan['keyword'];
  readonly condition: ConditionPlan;
}

function wholeClauses({ clauses }: RulePlan): readonly Requirement[] {
  return clauses.map(({ keyword, condition }, clause) => ({ clause, keyword, condition }));
}

/** `always A and B` fails where A or where B fails, `never A or B` where either holds: each can be judged by itself. */
function requirementsOf(rule: RulePlan): readonly Requirement[] {
  const split = (requirement: Requirement): readonly Requirement[] => {
    const { keyword, condition } = requirement;
    if (condition.kind !== (keyword === 'always' ? 'and' : 'or')) return [requirement];
    return condition.operands.flatMap((operand) => split({ ...requirement, condition: operand }));
  };
  return wholeClauses(rule).flatMap(split);
}

/**
 * What is to run before `verdictsSql` of a rule that requires more than one statement can judge well, none for others: the cases
 * become a table, and some requirements after the other are judged on them.
 */
export function partsSql({ rules }: Plan, n: number, relations: Relations): readonly string[] {
  const rule = rules[n]!;
  if (!isInParts(rule)) return [];
  const ctes = new Ctes(relations);
  const { cases } = casesOf(rule, ctes).domain;
  const all = requirementsOf(rule);
  const parts = Array.from({ length: Math.ceil(all.length / JUDGED_TOGETHER) }, (_, part) => {
    const some = all.slice(part * JUDGED_TOGETHER, (part + 1) * JUDGED_TOGETHER);
    const of = new Ctes(relations);
    const context = contextOf(rule, 'rule_cases', of, rule.settings.skewNs);
    const decided = decidedBy(rule, some, context);
    return `INSERT INTO rule_decided
${of.with()}SELECT id, failed, unknown FROM ${decided} WHERE failed IS NOT NULL OR unknown IS NOT NULL`;
  });
  return [
    `CREATE OR REPLACE TEMP TABLE rule_cases AS\n${ctes.with()}SELECT * FROM ${cases}`,
    'CREATE OR REPLACE TEMP TABLE rule_decided (id BIGINT, failed INTEGER, unknown INTEGER)',
    ...parts,
  ];
}

/** Whether a rule requires more than one statement can judge well. */
export function isInParts(rule: RulePlan): boolean {
  return requirementsOf(rule).length > JUDGED_TOGETHER;
}

/**
 * SELECTs the rows of `verdicts` of one rule, after `partsSql`. `passKey` is the SQL that passed cases are counted by; without it
 * they are left out.
 */
export function verdictsSql(n: number, plan: Plan, relations: Relations, passKey?: string): string {
  const rule = plan.rules[n]!;
  const ctes = new Ctes(relations);
  const decided = isInParts(rule)
    ? decidedInParts(rule, ctes)
    : decidedBy(rule, wholeClauses(rule), casesOf(rule, ctes));
  const unknownIs = rule.settings.required ? VERDICT.violation : VERDICT.cannotTell;
  const verdict = `CASE WHEN failed IS NOT NULL THEN ${VERDICT.violation} WHEN unknown IS NOT NULL THEN ${unknownIs} ELSE ${VERDICT.pass} END`;
  const all = ctes.add(
    'verdicts',
    `SELECT * EXCLUDE (failed, unknown), coalesce(failed, unknown) AS clause, ${verdict} AS verdict FROM ${decided}`,
    passKey === undefined ? '' : 'MATERIALIZED', // as it is read twice
  );
  const bound = rule.bindings.map(({ name }, b) => `${bindingColumn(name, b)}__row`);
  const notPassed = [
    `SELECT ${n} AS rule, id, trace, time_ns, verdict, clause, [${bound.join(', ')}]::BIGINT[] AS bound, 1 AS cases`,
    `FROM ${all} WHERE verdict <> ${VERDICT.pass}`,
  ];
  const passed = [
    'UNION ALL',
    `SELECT ${n}, NULL, any_value(trace), min(time_ns), ${VERDICT.pass}, NULL, NULL, count(*)`,
    `FROM ${all} WHERE verdict = ${VERDICT.pass} GROUP BY ${passKey}`,
  ];
  return [`${ctes.with()}${notPassed.join('\n')}`, ...(passKey === undefined ? [] : passed)].join('\n');
}

/**
 * SELECTs which of the patterns of a rule's needs, by their numbers, match a span: `pattern` and `key`, which is SQL over the row `t` of
 * `traces`.
 */
export function patternsSql(
  rule: RulePlan,
  relations: Relations,
  patterns: readonly number[],
  key: string,
): string {
  const ctes = new Ctes(relations);
  const { domain } = casesOf(rule, ctes);
  const selects = patterns.flatMap((n) => {
    const pattern = rule.needs.patterns[n];
    if (pattern === undefined) return [];
    const { narrow } = compilePattern(pattern, domain, ctes);
    const traces = pattern.perCase
      ? `${narrow} n JOIN ${domain.cases} ${CASE_ALIAS} ON ${CASE_ALIAS}.id = n.k0 JOIN traces t ON t.trace = ${CASE_ALIAS}.trace`
      : `${narrow} n JOIN traces t ON t.trace = n.k0`;
    return [`SELECT DISTINCT ${n} AS pattern, ${key} AS key FROM ${traces}`];
  });
  return `${ctes.with()}${selects.join('\nUNION ALL\n')}`;
}

/** The cases with the first of these clauses that is violated and the first that cannot be told; null for none. */
function decidedBy(rule: RulePlan, all: readonly Requirement[], context: ConditionContext): string {
  const truths = all.map(
    ({ keyword, condition }, n) => `${compileCondition(condition, keyword, context)} AS holds_${n}`,
  );
  const { ctes } = context;
  const judged = ctes.add(
    'judged',
    `SELECT ${[...keptOf(rule), ...truths].join(', ')} FROM ${context.domain.cases} ${CASE_ALIAS} ${context.joins.join(' ')}`,
  );
  const firstOf = (test: (requirement: Requirement, holds: string) => string): string =>
    `CASE ${all.map((one, n) => `WHEN ${test(one, `holds_${n}`)} THEN ${one.clause}`).join(' ')} END`;
  const failed = firstOf(({ keyword }, holds) => (keyword === 'always' ? `NOT ${holds}` : holds));
  const unknown = firstOf((_, holds) => `${holds} IS NULL`);
  const truthColumns = all.map((_, n) => `holds_${n}`).join(', ');
  return ctes.add(
    'decided',
    `SELECT * EXCLUDE (${truthColumns}), ${failed} AS failed, ${unknown} AS unknown FROM ${judged}`,
  );
}

/** The same out of what `partsSql` made. */
function decidedInParts(rule: RulePlan, ctes: Ctes): string {
  const first = 'SELECT id, min(failed) AS failed, min(unknown) AS unknown FROM rule_decided GROUP BY id';
  return ctes.add(
    'decided',
    `SELECT ${keptOf(rule).join(', ')}, failed, unknown FROM rule_cases ${CASE_ALIAS} LEFT JOIN (${first}) USING (id)`,
  );
}

/** What a verdict keeps of its case. */
function keptOf({ bindings }: RulePlan): readonly string[] {
  const rows = bindings.map(({ name }, n) => `${bindingColumn(name, n)}__row`);
  return ['id', 'trace', 'time_ns', ...rows].map((column) => `${CASE_ALIAS}.${column}`);
}

/** The cases of a rule: candidates for which the rest of its `when` holds. */
function casesOf(rule: RulePlan, ctes: Ctes): ConditionContext {
  const { when } = rule;
  const asked = when === undefined ? [] : when.kind === 'and' ? when.operands : [when];
  const hits = new Map(asked.map((one) => [one, hitOf(rule, one, ctes)]));
  const candidates = ctes.add(
    'candidates',
    rule.bindings.length > 0
      ? boundCandidatesSql(rule, ctes)
      : traceCandidatesSql([...hits.values()].filter((hit) => hit !== undefined)),
  );
  const rest = asked.filter((one) => hits.get(one) === undefined);
  const cases = rest.length === 0 ? candidates : ctes.add('cases', restSql(rule, rest, candidates, ctes));
  return contextOf(rule, cases, ctes, rule.settings.skewNs);
}

function hitOf(rule: RulePlan, asked: ConditionPlan, ctes: Ctes): string | undefined {
  if (rule.bindings.length > 0 || asked.kind !== 'exists') return undefined;
  return hitTest(asked.pattern.stages, ctes);
}

/** A candidate is a trace … */
function traceCandidatesSql(hits: readonly string[]): string {
  const where = hits.length === 0 ? '' : ` WHERE ${hits.join(' AND ')}`;
  return `SELECT trace AS id, * RENAME (start_ns AS time_ns) FROM trace_hits ${CASE_ALIAS}${where}`;
}

/** … or a trace with one choice of bound spans. */
function boundCandidatesSql(rule: RulePlan, ctes: Ctes): string {
  const kept = caseColumns(rule, ctes.columns);
  const sets = rule.bindings.map(({ pattern }) => compilePattern(pattern, NO_CASES, ctes));
  const selected = rule.bindings.flatMap(({ name }, n) =>
    kept.map((column) => `b${n}.${column} AS ${bindingColumn(name, n)}__${column}`),
  );
  // The database may make the candidates anew for each part of a statement that reads them, in another order.
  const inOrder = sets.map((_, n) => `b${n}.row`).join(', ');
  const id = rule.bindings.length === 1 ? 'b0.row' : `row_number() OVER (ORDER BY ${inOrder})`;
  const joins = sets.map((set, n) =>
    n === 0 ? `${set.wide} b0` : `JOIN ${set.wide} b${n} ON b${n}.trace = b0.trace`,
  );
  return `SELECT ${[`${id} AS id`, 'b0.trace AS trace', 'b0.start_ns AS time_ns', ...selected].join(', ')} FROM ${joins.join(' ')}`;
}

function restSql(rule: RulePlan, rest: readonly ConditionPlan[], candidates: string, ctes: Ctes): string {
  const context = contextOf(rule, candidates, ctes, 0n);
  const holds = rest.map((condition) => compileCondition(condition, 'when', context));
  return `SELECT ${CASE_ALIAS}.* FROM ${candidates} ${CASE_ALIAS} ${context.joins.join(' ')} WHERE ${holds.join(' AND ')}`;
}

function contextOf(rule: RulePlan, cases: string, ctes: Ctes, skewNs: bigint): ConditionContext {
  const hits = rule.bindings.length === 0;
  return {
    ctes,
    domain: { kind: 'case', cases, bound: bindingPrefixes(rule), hits },
    skewNs,
    joins: [],
    witnesses: [],
  };
}
