/** What a rule that judges traces becomes: plan, when it is decided, columns, and the SQL of each step. */

import { enabled } from '../../engine/language/link/enabled.js';
import type { ResolvedFlowRule, ResolvedTraceRule } from '../../engine/language/link/resolved.js';
import { printCondition } from '../../engine/language/print/print.js';
import { clauseName } from '../../engine/language/words/clause-name.js';
import { keyNames } from '../../engine/plan/flow-plan.js';
import { planFlowRules, planRules } from '../../engine/plan/lower/lower.js';
import type { Plan, RulePlan } from '../../engine/plan/plan.js';
import { AttributeColumns, attributesOf } from '../../engine/sql/compile/attribute-columns.js';
import { plural } from '../shared/numbers.js';
import { printable } from '../shared/printable.js';
import type { Terminal } from '../shared/terminal.js';
import { spanText } from '../shared/times.js';
import { clauseClasses, decidableText } from './decidable.js';
import {
  asJson,
  attributesJson,
  type ExplainedAttributes,
  sqlJson,
  statementsText,
  TYPE_NAMES,
} from './parts.js';
import { FLOW_CLASS } from './rule-class.js';
import { type Statement, statementsOf } from './statements.js';
import type { TypesOf } from './types-of.js';

export interface ExplainedTraceRule {
  readonly kind: 'trace';
  readonly rule: ResolvedTraceRule | ResolvedFlowRule;
  /** With this rule alone. */
  readonly plan: Plan;
  readonly attributes: ExplainedAttributes;
  readonly statements: readonly Statement[];
}

export function explainTraceRule(
  rule: ResolvedTraceRule | ResolvedFlowRule,
  types?: TypesOf,
): ExplainedTraceRule {
  const plan = rule.kind === 'flow' ? planFlowRules([enabled(rule)]) : planRules([enabled(rule)]);
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
    ...(when === undefined
      ? [`  applies to every ${planned.flow === undefined ? 'trace' : 'flow'}`]
      : [`  when ${printable(printCondition(when))}`]),
    ...clauses.map(
      (clause) =>
        `  ${printable(`${clause.keyword} ${printCondition(clause.condition)}`)}  ${style.dim(clauseName(clause))}`,
    ),
    `  a case is ${caseText(planned)}; ${plural(plan.predicates.length, 'filter')} in the scan`,
    '',
    heading('decidable'),
    ...classLines(planned, plan).map((line) => `  ${line}`),
    '',
    heading('columns'),
    ...columnLines(explained, typesKnown).map((line) => `  ${line}`),
  ];
  return `${lines.join('\n')}\n${statementsText(statements, terminal)}`;
}

function classLines(rule: RulePlan, { predicates }: Plan): readonly string[] {
  if (rule.flow !== undefined) return [FLOW_CLASS];
  return [decidableText(rule), ...clauseClasses(rule, predicates)];
}

function caseText({ flow, bindings }: RulePlan): string {
  const bound = bindings.map(({ name }) => name);
  const chosen = bound.length === 0 ? '' : ` with a choice of ${printable(bound.join(', '))}`;
  if (flow === undefined) return `a trace${chosen}`;
  const within = spanText(BigInt(flow.within));
  const seen =
    flow.kind === 'links'
      ? 'a trace and those linked with it'
      : `the spans of one ${printable(keyNames(flow).join(', '))}`;
  return bound.length === 0
    ? `a piece of ${seen}, which ends where none starts for ${within}`
    : `${seen}, from ${within} before to ${within} behind the bound spans,${chosen}`;
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
    decidable: { ...rule!.decidable, why: rule!.flow === undefined ? decidableText(rule!) : FLOW_CLASS },
    needs: plan.needs,
    attributes: attributesJson(attributes),
    plan: asJson(plan),
    sql: sqlJson(statements),
  };
}
