/** An explanation as text and as JSON. */

import type { ResolvedRule } from '../../engine/language/link/resolved.js';
import { printCondition } from '../../engine/language/print/print.js';
import { clauseName } from '../../engine/language/words/clause-name.js';
import type { Plan } from '../../engine/plan/plan.js';
import type { AttributeKey, AttributeType } from '../../engine/plan/schema.js';
import { plural } from '../shared/numbers.js';
import { printable, printableLines } from '../shared/printable.js';
import type { Terminal } from '../shared/terminal.js';
import { clauseClasses, decidableText } from './decidable.js';
import { formatSql } from './format-sql.js';
import type { Statement } from './statements.js';

export interface Explained {
  readonly rule: ResolvedRule;
  /** With this rule alone. */
  readonly plan: Plan;
  /** The attributes that the rule reads, with the types that the SQL is for. */
  readonly attributes: readonly (readonly [attribute: AttributeKey, types: readonly AttributeType[]])[];
  readonly statements: readonly Statement[];
}

const SQL_WIDTH = 100;

export function explainText(explained: Explained, typesKnown: boolean, terminal: Terminal): string {
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
  const sql = statements.map(
    ({ name, purpose, sql }) =>
      `\n${heading(name)}  ${style.dim(`-- ${purpose}`)}\n${printableLines(formatSql(sql, SQL_WIDTH))};\n`,
  );
  return `${lines.join('\n')}\n${sql.join('')}`;
}

const TYPE_NAMES: Readonly<Record<AttributeType, string>> = {
  s: 'string',
  i: 'int',
  d: 'double',
  b: 'bool',
  ls: 'list of strings',
  li: 'list of ints',
  ld: 'list of doubles',
  lb: 'list of bools',
};

function caseText(bound: readonly string[]): string {
  return bound.length === 0 ? 'a trace' : `a trace with a choice of ${printable(bound.join(', '))}`;
}

function columnLines({ plan: { needs }, attributes }: Explained, typesKnown: boolean): readonly string[] {
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

export function explainJson(explained: readonly Explained[], over: readonly unknown[] = []): unknown {
  return { rules: explained.map(explainedJson), overRules: over };
}

export function explainedJson({ plan, attributes, statements }: Explained): unknown {
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

export function attributesJson(attributes: Explained['attributes']): unknown {
  return attributes.map(([{ scope, key }, types]) => ({
    scope,
    key,
    types: types.map((type) => TYPE_NAMES[type]),
  }));
}

export function sqlJson(statements: readonly { readonly name: string; readonly sql: string }[]): unknown {
  return Object.fromEntries(statements.map(({ name, sql }) => [name, formatSql(sql, SQL_WIDTH)]));
}

/** Settings hold nanoseconds as `bigint`, which JSON has not. */
export function asJson(plan: object): unknown {
  return JSON.parse(
    JSON.stringify(plan, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
  );
}
