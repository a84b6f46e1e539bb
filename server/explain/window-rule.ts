/** What a rule over many traces becomes: windows, tests, columns, and the SQL that counts. */

import { enabled } from '../../engine/language/link/enabled.js';
import type { ResolvedWindowRule } from '../../engine/language/link/resolved.js';
import { clauseName } from '../../engine/language/words/clause-name.js';
import { planWindowRules } from '../../engine/plan/lower/lower-windows.js';
import type { WindowPlan } from '../../engine/plan/window-plan.js';
import { countingSql } from '../../engine/replay/over/statements.js';
import { AttributeColumns, attributesOf } from '../../engine/sql/compile/attribute-columns.js';
import { printable } from '../shared/printable.js';
import type { Terminal } from '../shared/terminal.js';
import { spanText } from '../shared/times.js';
import {
  asJson,
  attributesJson,
  type ExplainedAttributes,
  type ExplainedStatement,
  sqlJson,
  statementsText,
} from './parts.js';
import type { TypesOf } from './types-of.js';

export interface ExplainedWindowRule {
  readonly kind: 'window';
  /** With this rule alone. */
  readonly plan: WindowPlan;
  readonly attributes: ExplainedAttributes;
  /** The pass, then one statement for each selection, by its text. */
  readonly statements: readonly ExplainedStatement[];
}

/** The rule as if it ran alone over a day, for attributes of the given types; of any types without. */
export function explainWindowRule(rule: ResolvedWindowRule, types?: TypesOf): ExplainedWindowRule {
  const plan = planWindowRules([enabled(rule)]);
  const columns = new AttributeColumns(plan.needs, types);
  return {
    kind: 'window',
    plan,
    attributes: attributesOf(plan.needs).map(
      (attribute) => [attribute, columns.typesFor(attribute)] as const,
    ),
    statements: countingSql(plan, columns, BigInt(plan.rules[0]!.every)),
  };
}

export function windowRuleText(
  { plan, attributes, statements }: ExplainedWindowRule,
  terminal: Terminal,
): string {
  const { outStyle: style } = terminal;
  const rule = plan.rules[0]!;
  const step = rule.every === rule.window ? '' : `, one each ${spanText(BigInt(rule.every))}`;
  const { severity, summary } = rule.settings;
  const lines = [
    `${style.bold(rule.id)}  ${style.dim(`${severity}, revision ${rule.revision}`)}`,
    ...(summary === undefined ? [] : [`  ${printable(summary)}`]),
    '',
    style.bold('plan'),
    `  in every window of ${spanText(BigInt(rule.window))}${step}, for each series`,
    ...(rule.when === undefined ? [] : [`  when ${printable(rule.when.text)}`]),
    ...rule.clauses.map((clause) => `  ${printable(clause.text)}  ${style.dim(clauseName(clause))}`),
    '',
    style.bold('columns'),
    `  spans: ${plan.needs.spans.join(', ')}`,
    ...attributes.map(([{ scope, key }]) => `  ${printable(`${scope} attribute ${key}`)}`),
  ];
  return `${lines.join('\n')}\n${statementsText(statements, terminal)}`;
}

/** In the shape of `traceRuleJson`. No trace by itself decides such a rule. */
export function windowRuleJson({ plan, attributes, statements }: ExplainedWindowRule): unknown {
  return {
    id: plan.rules[0]!.id,
    decidable: null,
    needs: plan.needs,
    attributes: attributesJson(attributes),
    plan: asJson(plan),
    sql: sqlJson(statements),
  };
}
