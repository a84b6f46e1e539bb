/** What a rule over many traces becomes: windows, tests, columns, and the SQL that counts. */

import type { ResolvedOverRule } from '../../engine/language/link/resolved.js';
import { clauseName } from '../../engine/language/words/clause-name.js';
import { planOverRules } from '../../engine/plan/lower-over.js';
import type { OverPlan } from '../../engine/plan/over-plan.js';
import { countingSql } from '../../engine/replay/over/statements.js';
import { AttributeColumns, attributesOf } from '../../engine/sql/compile/attribute-columns.js';
import { printable, printableLines } from '../shared/printable.js';
import type { Terminal } from '../shared/terminal.js';
import { spanText } from '../shared/times.js';
import type { TypesOf } from './explain-rule.js';
import { formatSql } from './format-sql.js';
import { asJson, attributesJson, type Explained, sqlJson } from './report.js';

export interface ExplainedOver {
  /** With this rule alone. */
  readonly plan: OverPlan;
  readonly attributes: Explained['attributes'];
  /** The pass, then one statement for each selection, by its text. */
  readonly statements: readonly { readonly name: string; readonly sql: string }[];
}

const SQL_WIDTH = 100;

/** The rule as if it ran alone over a day, for attributes of the given types; of any types without. */
export function explainOverRule(rule: ResolvedOverRule, types?: TypesOf): ExplainedOver {
  const plan = planOverRules([{ ...rule, settings: { ...rule.settings, enabled: true } }]);
  const columns = new AttributeColumns(plan.needs, types);
  return {
    plan,
    attributes: attributesOf(plan.needs).map(
      (attribute) => [attribute, columns.typesFor(attribute)] as const,
    ),
    statements: countingSql(plan, columns, BigInt(plan.rules[0]!.every)),
  };
}

export function explainOverText({ plan, attributes, statements }: ExplainedOver, terminal: Terminal): string {
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
  const sql = statements.map(
    ({ name, sql }) => `\n${style.bold(printable(name))}\n${printableLines(formatSql(sql, SQL_WIDTH))};\n`,
  );
  return `${lines.join('\n')}\n${sql.join('')}`;
}

/** In the shape of `explainedJson`. Nothing is decidable early: only replay judges such a rule. */
export function explainedOverJson({ plan, attributes, statements }: ExplainedOver): unknown {
  return {
    id: plan.rules[0]!.id,
    decidable: null,
    needs: plan.needs,
    attributes: attributesJson(attributes),
    plan: asJson(plan),
    sql: sqlJson(statements),
  };
}
