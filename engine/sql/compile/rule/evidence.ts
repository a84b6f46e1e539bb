import { clauseName } from '../../../language/words/clause-name.js';
import { fieldText, forEachField } from '../../../plan/expression.js';
import { forEachLateExpression } from '../../../plan/lower/lower-pattern.js';
import type { ClausePlan, ConditionPlan, RulePlan, ScalarPlan } from '../../../plan/plan.js';
import { forEachPattern, forEachTestedScalar } from '../../../plan/visit.js';
import { cast, element, namedValues, text } from '../../text/operations.js';
import { concat, join, NULL, name, type Sql, sql } from '../../text/sql.js';
import { compileCondition } from '../condition/condition.js';
import type { ConditionContext, Witness } from '../condition/condition-context.js';
import { scalarValue } from '../condition/scalar.js';
import { Ctes } from '../ctes.js';
import { CASE_ALIAS } from '../domain.js';
import type { Relations } from '../relations.js';
import { compilePattern } from '../spanset/spanset.js';
import { jsonOfAll } from '../value/value.js';
import { bindingColumn, bindingPrefixes, caseColumns } from './cases.js';
import { flowCasesOf, flowOf } from './flow-cases.js';
import { verdictColumns } from './verdict-columns.js';

/** A context in which the cases are those of `verdicts` that one clause decided, with the columns of their bound spans. */
function decidedBy(rule: RulePlan, clause: number, relations: Relations, verdicts: Sql): ConditionContext {
  const ctes = new Ctes(relations);
  const flow = flowOf(rule, ctes);
  const cases =
    flow === undefined
      ? decidedCases(rule, clause, verdicts, ctes)
      : flowCasesOf(rule, flow, verdicts, clause, ctes);
  return {
    ctes,
    domain: {
      kind: 'case',
      cases: ctes.add('decided', cases),
      bound: bindingPrefixes(rule),
      ...(flow === undefined ? {} : { flowSpans: flow.spans }),
    },
    skewNs: rule.settings.skewNs,
    joins: [],
    witnesses: [],
  };
}

function decidedCases(rule: RulePlan, clause: number, verdicts: Sql, ctes: Ctes): Sql {
  const kept = caseColumns(rule, ctes.columns);
  const selected = rule.bindings.flatMap(({ name: binding }, n) =>
    kept.map((column) => sql`b${n}.${name(column)} AS ${name(`${bindingColumn(binding, n)}__${column}`)}`),
  );
  const joins = rule.bindings.map(
    (_, n) => sql` JOIN ${ctes.matched} b${n} ON b${n}.row = ${element(sql`v.bound`, sql`${n + 1}`)}`,
  );
  return sql`SELECT ${join([verdictColumns(sql`v`), ...selected], ', ')} FROM ${verdicts} v${concat(joins)} WHERE v.clause = ${clause}`;
}

/** Whether a clause, by its index, may have decided some verdict. A query for one that has not is planned for nothing. */
export type Decides = (clause: number) => boolean;

/**
 * `id`, `row` and `bound` (the index of the binding; null for a span that a test matched) of the spans that are evidence of
 * the violations in `violations`, a table with some of the rows of the verdicts. It tells a span as often as it is found.
 */
export function evidenceSql(
  rule: RulePlan,
  relations: Relations,
  violations: Sql,
  decides: Decides = () => true,
): Sql {
  const bound = rule.bindings.map(
    (_, n) => sql`SELECT id, ${element(sql`bound`, sql`${n + 1}`)} AS row, ${n} AS bound FROM ${violations}`,
  );
  const matched = rule.clauses.flatMap((clause, n) => {
    if (!decides(n)) return [];
    const context = decidedBy(rule, n, relations, violations);
    compileCondition(clause.condition, clause.keyword, context);
    // Without a bound span, the reader still wants to see what the rule is about.
    if (rule.when !== undefined && rule.bindings.length === 0) compileCondition(rule.when, 'when', context);
    const witnesses = [...context.witnesses, ...countedSpans(clause, context)];
    const selects = (['trace', 'id'] as const).flatMap((by) => {
      const found = witnesses.flatMap(({ key, sql }) => (key === by ? [sql] : []));
      if (found.length === 0) return [];
      return [
        sql`SELECT v.id, w.row, ${cast(NULL, 'int32')} AS bound FROM ${context.domain.cases} v JOIN (${join(found, ' UNION ALL ')}) w ON w.k0 = v.${name(by)}`,
      ];
    });
    return selects.length === 0 ? [] : [sql`(${context.ctes.with()}${join(selects, '\nUNION ALL ')})`];
  });
  const all = [...bound, ...matched];
  if (all.length === 0) return NOTHING;
  return join(all, '\nUNION ALL ');
}

const NOTHING = sql`SELECT ${cast(sql`0`, 'int64')} AS id, ${cast(sql`0`, 'int64')} AS row, ${cast(NULL, 'int32')} AS bound WHERE false`;

/** The spans behind an aggregate that was compared: which retries were too many. */
function countedSpans(clause: ClausePlan, context: ConditionContext): readonly Witness[] {
  const witnesses: Witness[] = [];
  forEachTestedScalar(clause.condition, (scalar) => {
    if (scalar.kind !== 'aggregate' || scalar.pattern.bound !== undefined) return;
    const set = compilePattern(scalar.pattern, context);
    witnesses.push({
      key: scalar.pattern.perCase ? 'id' : 'trace',
      sql: sql`SELECT k0, row FROM ${set.narrow}`,
    });
  });
  return witnesses;
}

// ----------------------------------------------------------------------------------------------------------- values

/** `id`, `name` and `value` (JSON text, null when missing) of what the deciding clause compared, for the rows in `verdicts`.
 * Undefined for a rule that compares nothing of the kind. */
export function valuesSql(
  rule: RulePlan,
  relations: Relations,
  verdicts: Sql,
  decides: Decides = () => true,
  nameSql: NameSql = (_, called) => text(called),
): Sql | undefined {
  const selects = rule.clauses.flatMap((clause, n) => {
    if (!decides(n)) return [];
    const scalars = [...comparedScalars(clause.condition)];
    return Array.from({ length: Math.ceil(scalars.length / READ_TOGETHER) }, (_, part) => {
      const context = decidedBy(rule, n, relations, verdicts);
      const pairs = scalars
        .slice(part * READ_TOGETHER, (part + 1) * READ_TOGETHER)
        .map(([called, scalar]) => {
          const value = jsonOfAll(scalarValue(scalar, context));
          return { name: nameSql(clause, called, scalar, context), value };
        });
      const from = sql`${context.domain.cases} ${CASE_ALIAS} ${join(context.joins, ' ')}`;
      return sql`(${context.ctes.with()}${namedValues(sql`${CASE_ALIAS}.id`, pairs, from)})`;
    });
  });
  return selects.length === 0 ? undefined : join(selects, '\nUNION ALL ');
}

/** The SQL of the name that a scalar has in what is shown, in terms of the case's row. */
type NameSql = (clause: ClausePlan, text: string, scalar: ScalarPlan, context: ConditionContext) => Sql;

/**
 * The same for verdicts that a clause cannot tell. What is missing is named with the clause, where there are several, and an
 * aggregate of nothing by the pattern that nothing matched: that is what a reader has to look for.
 */
export function undeterminedSql(
  rule: RulePlan,
  relations: Relations,
  verdicts: Sql,
  decides: Decides,
): Sql | undefined {
  return valuesSql(rule, relations, verdicts, decides, (clause, called, scalar, context) => {
    const place = rule.clauses.length > 1 ? `, in ${clauseName(clause)}` : '';
    const named = text(`${called}${place}`);
    if (scalar.kind !== 'aggregate' || scalar.pattern.bound !== undefined) return named;
    const { pattern, patternText } = scalar;
    const spans = scalarValue(
      { kind: 'aggregate', function: 'count', pattern, patternText, text: called },
      context,
    );
    const nothing = text(`${patternText}, which nothing matched${place}`);
    return sql`CASE WHEN ${spans.i!} = 0 THEN ${nothing} ELSE ${named} END`;
  });
}

/** Aggregates each bring a join, of which one SELECT plans only few well. */
const READ_TOGETHER = 16;

/** What a condition compares, by the text that names it: scalars that are not literals, and fields of bound spans. */
function comparedScalars(condition: ConditionPlan): ReadonlyMap<string, ScalarPlan> {
  const scalars = new Map<string, ScalarPlan>();
  forEachTestedScalar(condition, (scalar) => {
    if (scalar.kind === 'field' || scalar.kind === 'aggregate') scalars.set(scalar.text, scalar);
  });
  forEachPattern(condition, (pattern) =>
    forEachLateExpression(pattern.stages, (expression) =>
      forEachField(expression, (field) => {
        if (field.bound !== undefined)
          scalars.set(fieldText(field), { kind: 'field', field, text: fieldText(field) });
      }),
    ),
  );
  return scalars;
}
