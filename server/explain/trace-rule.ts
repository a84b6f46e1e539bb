/** What a rule that judges traces becomes: plan, when it is decided, columns, and the SQL of each step. */

import { enabled } from '../../engine/language/link/enabled.js';
import type { ResolvedTraceRule } from '../../engine/language/link/resolved.js';
import { printCondition } from '../../engine/language/print/print.js';
import { clauseName } from '../../engine/language/words/clause-name.js';
import { planRules } from '../../engine/plan/lower.js';
import type { Plan } from '../../engine/plan/plan.js';
import { AttributeColumns, attributesOf } from '../../engine/sql/compile/attribute-columns.js';
import { plural } from '../shared/numbers.js';
import { printable } from '../shared/printable.js';
import type { Terminal } from '../shared/terminal.js';
import { clauseClasses, decidableText } from './decidable.js';
import {
  asJson,
  attributesJson,
  type ExplainedAttributes,
  sqlJson,
  statementsText,
  TYPE_NAMES,
} from './parts.js';
import { type Statement, statementsOf } from './statements.js';
import type { TypesOf } from './types-of.js';

export interface ExplainedTraceRule {
  readonly kind: 'trace';
  readonly rule: ResolvedTraceRule;
  /** With this rule alone. */
  readonly plan: Plan;
  readonly attributes: ExplainedAttributes;
  readonly statements: readonly Statement[];
}

export function explainTraceRule(rule: ResolvedTraceRule, types?: TypesOf): ExplainedTraceRule {
  const plan = planRules([enabled(rule)]);
  const columns = new AttributeColumns(plan.needs, types);
  const attributes = attributesOf(plan.needs).map(
    (attribute) => [attribute, columns.typesFor(attribute)] as const,
  );
  return { kind: 'trace', rule, plan, attributes, statements: statementsOf(plan, columns) };
}

export function traceRuleText(
  explained: ExplainedTraceRule,
  typesKnown: boolean,
  terminal: Terminal,
): string {
  const { outStyle: style } = terminal;
  const { rule, plan, statements } = explained;
  const planned = plan.rules[0]!;
  const { when, clauses } = rule.expanded;
  const heading = (text: string): string => style.bold(text);
  const lines = [
    `${heading(planned.id)}  ${style.dim(`${planned.settings.severity}, revision ${planned.revision}`)}`,
    ...(planned.settings.summary === undefined ? [] : [`  ${printable(planned.settings.summary)}`]),
    '',
    heading('plan'),
    ...(when === undefined ? ['  applies to every trace'] : [`  when ${printable(printCondition(when))}`]),
    ...clauses.map(
      (clause) =>
        `  ${printable(`${clause.keyword} ${printCondition(clause.condition)}`)}  ${style.dim(clauseName(clause))}`,
    ),
    `  a case is ${caseText(planned.bindings.map(({ name }) => name))}; ${plural(plan.predicates.length, 'filter')} in the scan`,
    '',
    heading('decidable'),
    ...[decidableText(planned), ...clauseClasses(planned, plan.predicates)].map((line) => `  ${line}`),
    '',
    heading('columns'),
    ...columnLines(explained, typesKnown).map((line) => `  ${line}`),
  ];
  return `${lines.join('\n')}\n${statementsText(statements, terminal)}`;
}

function caseText(bound: readonly string[]): string {
  return bound.length === 0 ? 'a trace' : `a trace with a choice of ${printable(bound.join(', '))}`;
}

function columnLines(
  { plan: { needs }, attributes }: ExplainedTraceRule,
  typesKnown: boolean,
): readonly string[] {
  const own = (['events', 'links'] as const).flatMap((item) => {
    const columns: readonly string[] = needs[item]?.columns ?? [];
    return needs[item] === undefined ? [] : [`${item}: ${columns.join(', ') || 'attributes only'}`];
  });
  return [
    `spans: ${needs.spans.join(', ')}`,
    ...own,
    ...attributes.map(([{ scope, key }, types]) => {
      const names = types.map((type) => TYPE_NAMES[type]).join(', ');
      const all = typesKnown ? names || 'not in these blocks' : 'any type';
      return `${scope} attribute ${printable(key)}: ${all}`;
    }),
  ];
}

export function traceRuleJson({ plan, attributes, statements }: ExplainedTraceRule): unknown {
  const [rule] = plan.rules;
  return {
    id: rule!.id,
    decidable: { ...rule!.decidable, why: decidableText(rule!) },
    needs: plan.needs,
    attributes: attributesJson(attributes),
    plan: asJson(plan),
    sql: sqlJson(statements),
  };
}
