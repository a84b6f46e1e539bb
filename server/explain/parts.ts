/** What the explanations of all kinds of rules have in common. */
import type { AttributeKey, AttributeType } from '../../engine/plan/schema.js';
import { printable, printableLines } from '../shared/printable.js';
import type { Terminal } from '../shared/terminal.js';
import { formatSql } from './format-sql.js';

/** The attributes that a rule reads, with the types that its SQL is for. */
export type ExplainedAttributes = readonly (readonly [
  attribute: AttributeKey,
  types: readonly AttributeType[],
])[];

export interface ExplainedStatement {
  readonly name: string;
  /** What it is for. */
  readonly purpose?: string;
  readonly sql: string;
}

const SQL_WIDTH = 100;

export const TYPE_NAMES: Readonly<Record<AttributeType, string>> = {
  s: 'string',
  i: 'int',
  d: 'double',
  b: 'bool',
  ls: 'list of strings',
  li: 'list of ints',
  ld: 'list of doubles',
  lb: 'list of bools',
};

export function statementsText(
  statements: readonly ExplainedStatement[],
  { outStyle: style }: Terminal,
): string {
  return statements
    .map(({ name, purpose, sql }) => {
      const aside = purpose === undefined ? '' : `  ${style.dim(`-- ${purpose}`)}`;
      return `\n${style.bold(printable(name))}${aside}\n${printableLines(formatSql(sql, SQL_WIDTH))};\n`;
    })
    .join('');
}

export function attributesJson(attributes: ExplainedAttributes): unknown {
  return attributes.map(([{ scope, key }, types]) => ({
    scope,
    key,
    types: types.map((type) => TYPE_NAMES[type]),
  }));
}

export function sqlJson(statements: readonly ExplainedStatement[]): unknown {
  return Object.fromEntries(statements.map(({ name, sql }) => [name, formatSql(sql, SQL_WIDTH)]));
}

/** Settings hold nanoseconds as `bigint`, which JSON has not. */
export function asJson(plan: object): unknown {
  return JSON.parse(
    JSON.stringify(plan, (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value)),
  );
}
