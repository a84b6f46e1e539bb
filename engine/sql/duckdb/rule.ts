import { fieldText, forEachField } from '../../plan/expression.js';
import { forEachLateExpression } from '../../plan/lower-pattern.js';
import type { ClausePlan, ConditionPlan, PatternPlan, Plan, RulePlan, ScalarPlan } from '../../plan/plan.js';
import { forEachPattern, forEachTestedScalar } from '../../plan/visit.js';
import { type ConditionContext, compileCondition, type Witness } from './condition.js';
import { fieldColumns } from './expression.js';
import { stringLiteral } from './literal.js';
import type { AttributeColumns } from './names.js';
import { CASE_ALIAS, Ctes, type Domain } from './query.js';
import type { Relations } from './relations.js';
import { scalarValue } from './scalar.js';
import { compilePattern } from './spanset.js';
import { jsonOf } from './value.js';

/**
 * The statements of one rule, on the relations `matched` and `trace_times`.
 *
 * Verdicts are a table with a row for each case that did not pass: `id`, `trace`, `time_ns`, the columns of its bound spans,
 * `verdict`, and `clause`, the index in `RulePlan.clauses` of the clause that decided it. Cases that passed are only
 * counted: a row for each bucket of time, or each trace, with their number in `cases` (1 in the other rows).
 */
export const VERDICT = { pass: 0, violation: 1, cannotTell: 2 } as const;

function bindingPrefixes(rule: RulePlan): ReadonlyMap<string, string> {
  return new Map(rule.bindings.map(({ name }, n) => [name, `${CASE_ALIAS}.${bindingColumn(name, n)}__`]));
}

/** Bound names may hold what column names may not, and differ only in case; the number keeps them apart. */
function bindingColumn(name: string, n: number): string {
  return `${name.toLowerCase().replace(/[^a-z0-9_]/g, '_')}_${n}`;
}

/** Where patterns cannot depend on cases yet. */
const NO_CASES: Domain = { kind: 'trace' };

// --------------------------------------------------------------------------------------------------------- verdicts

/** Makes the table `verdicts`; `passKey` is the SQL that passed cases are counted by. */
export function verdictsSql(
  rule: RulePlan,
  plan: Plan,
  relations: Relations,
  verdicts: string,
  passKey: string,
): string {
  const ctes = new Ctes(relations);
  const bound = bindingPrefixes(rule);
  const { first, rest } = splitWhen(rule);
  const candidates = ctes.add('candidates', candidatesSql(rule, first, plan, ctes));
  const cases = rest === undefined ? candidates : ctes.add('cases', whenSql(rule, rest, candidates, ctes));
  const context: ConditionContext = {
    ctes,
    domain: { kind: 'case', cases, bound },
    skewNs: rule.settings.skewNs,
    joins: [],
    witnesses: [],
  };
  const truths = rule.clauses.map(
    (clause, n) => `${compileCondition(clause.condition, clause.keyword, context)} AS holds_${n}`,
  );
  const judged = ctes.add(
    'judged',
    `SELECT ${[`${CASE_ALIAS}.*`, ...truths].join(', ')} FROM ${cases} ${CASE_ALIAS} ${context.joins.join(' ')}`,
  );
  const firstOf = (condition: (clause: ClausePlan, holds: string) => string): string =>
    `CASE ${rule.clauses.map((clause, n) => `WHEN ${condition(clause, `holds_${n}`)} THEN ${n}`).join(' ')} END`;
  const failed = firstOf((clause, holds) => (clause.keyword === 'always' ? `NOT ${holds}` : holds));
  const unknown = firstOf((_, holds) => `${holds} IS NULL`);
  const truthColumns = rule.clauses.map((_, n) => `holds_${n}`).join(', ');
  const decided = ctes.add(
    'decided',
    `SELECT * EXCLUDE (${truthColumns}), ${failed} AS failed, ${unknown} AS unknown FROM ${judged}`,
  );
  const unknownIs = rule.settings.required ? VERDICT.violation : VERDICT.cannotTell;
  const verdict = `CASE WHEN failed IS NOT NULL THEN ${VERDICT.violation} WHEN unknown IS NOT NULL THEN ${unknownIs} ELSE ${VERDICT.pass} END`;
  // Materialised, as it is read twice, and so that the table is filled in full vectors instead of what a filter leaves of each.
  const all = ctes.add(
    'verdicts',
    `SELECT * EXCLUDE (failed, unknown), coalesce(failed, unknown) AS clause, ${verdict} AS verdict FROM ${decided}`,
    'MATERIALIZED',
  );
  return [
    `CREATE OR REPLACE TABLE ${verdicts} AS`,
    `${ctes.with()}SELECT *, 1 AS cases FROM ${all} WHERE verdict <> ${VERDICT.pass}`,
    'UNION ALL BY NAME',
    `SELECT any_value(trace) AS trace, min(time_ns) AS time_ns, ${VERDICT.pass} AS verdict, count(*) AS cases`,
    `FROM ${all} WHERE verdict = ${VERDICT.pass} GROUP BY ${passKey}`,
  ].join('\n');
}

/** A candidate is a trace, or a trace with one choice of bound spans. */
function candidatesSql(rule: RulePlan, first: PatternPlan | undefined, plan: Plan, ctes: Ctes): string {
  if (rule.bindings.length === 0) {
    const applicable =
      first === undefined
        ? ''
        : ` SEMI JOIN (SELECT k0 AS trace FROM ${compilePattern(first, NO_CASES, ctes).narrow}) USING (trace)`;
    return `SELECT trace AS id, trace, start_ns AS time_ns FROM trace_times${applicable}`;
  }
  const kept = caseColumns(rule, plan, ctes.columns);
  const sets = rule.bindings.map(({ pattern }) => compilePattern(pattern, NO_CASES, ctes));
  const selected = rule.bindings.flatMap(({ name }, n) =>
    kept.map((column) => `b${n}.${column} AS ${bindingColumn(name, n)}__${column}`),
  );
  const id = rule.bindings.length === 1 ? 'b0.row' : 'row_number() OVER ()';
  const joins = sets.map((set, n) =>
    n === 0 ? `${set.wide} b0` : `JOIN ${set.wide} b${n} ON b${n}.trace = b0.trace`,
  );
  return `SELECT ${[`${id} AS id`, 'b0.trace AS trace', 'b0.start_ns AS time_ns', ...selected].join(', ')} FROM ${joins.join(' ')}`;
}

/**
 * Most traces are ruled out by a pattern that `when` asks for: it comes first, and nothing else is computed for them. (An
 * aggregate may hold for traces without a matching span, so it cannot.)
 */
function splitWhen({ when, bindings }: RulePlan): {
  readonly first?: PatternPlan;
  readonly rest?: ConditionPlan;
} {
  if (when === undefined) return {};
  const asked = when.kind === 'and' ? when.operands : [when];
  const first = bindings.length > 0 ? undefined : asked.find(asksForSpans);
  if (first === undefined) return { rest: when };
  const operands = asked.filter((one) => one !== first);
  const [only] = operands;
  if (only === undefined) return { first: first.pattern };
  return { first: first.pattern, rest: operands.length === 1 ? only : { kind: 'and', operands } };
}

function asksForSpans(condition: ConditionPlan): condition is Extract<ConditionPlan, { kind: 'exists' }> {
  return condition.kind === 'exists' && condition.pattern.stages.every((stage) => stage.kind === 'spanset');
}

/** The columns of bound spans that conditions read: their edges and place in the trace, and the fields mentioned. */
function caseColumns(rule: RulePlan, plan: Plan, columns: AttributeColumns): readonly string[] {
  const needed = new Set([
    'row',
    'start_ns',
    'end_ns',
    ...plan.needs.spans.filter((one) => one.startsWith('nested_')),
  ]);
  for (const field of rule.boundFields) for (const column of fieldColumns(field, columns)) needed.add(column);
  return [...needed];
}

function whenSql(rule: RulePlan, when: ConditionPlan, candidates: string, ctes: Ctes): string {
  const context: ConditionContext = {
    ctes,
    domain: { kind: 'case', cases: candidates, bound: bindingPrefixes(rule) },
    skewNs: 0n,
    joins: [],
    witnesses: [],
  };
  const holds = compileCondition(when, 'when', context);
  return `SELECT ${CASE_ALIAS}.* FROM ${candidates} ${CASE_ALIAS} ${context.joins.join(' ')} WHERE ${holds}`;
}

// --------------------------------------------------------------------------------------------------------- evidence

/** A context in which the cases are those rows of `verdicts` that one clause decided. */
function decidedBy(rule: RulePlan, clause: number, relations: Relations, verdicts: string): ConditionContext {
  const ctes = new Ctes(relations);
  const cases = ctes.add('decided', `SELECT * FROM ${verdicts} WHERE clause = ${clause}`);
  return {
    ctes,
    domain: { kind: 'case', cases, bound: bindingPrefixes(rule) },
    skewNs: rule.settings.skewNs,
    joins: [],
    witnesses: [],
  };
}

/**
 * `id`, `row` and `bound` (the index of the binding; null for a span that a test matched) of the spans that are evidence of
 * the violations in `violations`, a table with some of the rows of the verdicts.
 */
export function evidenceSql(rule: RulePlan, relations: Relations, violations: string): string {
  const bound = rule.bindings.map(
    ({ name }, n) => `SELECT id, ${bindingColumn(name, n)}__row AS row, ${n} AS bound FROM ${violations}`,
  );
  const matched = rule.clauses.flatMap((clause, n) => {
    const context = decidedBy(rule, n, relations, violations);
    compileCondition(clause.condition, clause.keyword, context);
    // Without a bound span, the reader still wants to see what the rule is about.
    if (rule.when !== undefined && rule.bindings.length === 0) compileCondition(rule.when, 'when', context);
    const witnesses = [...context.witnesses, ...countedSpans(clause, context)];
    return witnesses.map(
      ({ key, sql }) =>
        `(${context.ctes.with()}SELECT v.id, w.row, NULL AS bound FROM ${context.domain.cases} v JOIN (${sql}) w ON w.k0 = v.${key})`,
    );
  });
  const all = [...bound, ...matched];
  if (all.length === 0) return 'SELECT 0::BIGINT AS id, 0::BIGINT AS row, NULL::INTEGER AS bound WHERE false';
  const union = all.join('\nUNION ALL ');
  // A span may be bound under two names; one that is bound need not be listed as matched too.
  return `SELECT DISTINCT id, row, bound FROM (${union}) QUALIFY bound IS NOT NULL OR max(bound) OVER (PARTITION BY id, row) IS NULL`;
}

/** The spans behind an aggregate that was compared: which retries were too many. */
function countedSpans(clause: ClausePlan, context: ConditionContext): readonly Witness[] {
  const witnesses: Witness[] = [];
  forEachTestedScalar(clause.condition, (scalar) => {
    if (scalar.kind !== 'aggregate' || scalar.pattern.bound !== undefined) return;
    const set = compilePattern(scalar.pattern, context.domain, context.ctes);
    witnesses.push({
      key: scalar.pattern.perCase ? 'id' : 'trace',
      sql: `SELECT k0, row FROM ${set.narrow}`,
    });
  });
  return witnesses;
}

// ----------------------------------------------------------------------------------------------------------- values

/** `id`, `name` and `value` (JSON text, null when missing) of what the deciding clause compared, for the rows in `verdicts`.
 * Undefined for a rule that compares nothing of the kind. */
export function valuesSql(rule: RulePlan, relations: Relations, verdicts: string): string | undefined {
  const selects = rule.clauses.flatMap((clause, n) => {
    const context = decidedBy(rule, n, relations, verdicts);
    const values = comparedValues(clause.condition, context);
    if (values.size === 0) return [];
    const pairs = [...values].map(([name, value]) => `{name: ${name}, value: ${value}}`);
    const from = `${context.domain.cases} ${CASE_ALIAS} ${context.joins.join(' ')}`;
    return [
      `(${context.ctes.with()}SELECT id, unnest(pairs, recursive := true) FROM (SELECT ${CASE_ALIAS}.id, [${pairs.join(', ')}] AS pairs FROM ${from}))`,
    ];
  });
  return selects.length === 0 ? undefined : selects.join('\nUNION ALL ');
}

/** SQL of what a condition compares, by the text that names it: scalars that are not literals, and fields of bound spans. */
function comparedValues(condition: ConditionPlan, context: ConditionContext): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  const add = (scalar: ScalarPlan): void => {
    if (scalar.kind === 'field' || scalar.kind === 'aggregate')
      values.set(stringLiteral(scalar.text), jsonOf(scalarValue(scalar, context)));
  };
  forEachTestedScalar(condition, add);
  forEachPattern(condition, (pattern) =>
    forEachLateExpression(pattern.stages, (expression) =>
      forEachField(expression, (field) => {
        if (field.bound !== undefined) add({ kind: 'field', field, text: fieldText(field) });
      }),
    ),
  );
  return values;
}
