import { type Expression, type FieldPlan, itemOf, TRUE } from '../../plan/expression.js';
import type { AttributeKey, ColumnNeeds } from '../../plan/schema.js';
import type { AttributeColumns } from '../compile/attribute-columns.js';
import { compileValue } from '../compile/expression.js';
import { PredicateColumns } from '../compile/predicate-columns.js';
import type { Relations } from '../compile/relations.js';
import { passSql } from '../compile/scan.js';
import { partsOf } from '../compile/value.js';
import { type Database, dropTables, type Session } from '../dialects/duckdb/database.js';
import { intLiteral } from '../dialects/duckdb/literal.js';

/** What is counted: values of a field, or carriers of attributes, over the spans that a filter matches. */
export interface TagPass {
  readonly filter: Expression;
  readonly needs: ColumnNeeds;
  readonly columns: AttributeColumns;
}

/** A value as the database has it, with its type: a part of `Value`, lists as what they hold. */
export interface CountedValue {
  readonly type: 's' | 'i' | 'd' | 'b' | 'status' | 'kind';
  readonly text: string;
  readonly count: number;
}

/** The table to which `addTagValues` adds what it counts in each unit of a run. */
export async function createTagValues(session: Session): Promise<void> {
  // The database may have been used for another question before.
  await dropTables(session, ['tag_values']);
  await session.run('CREATE TABLE tag_values (type VARCHAR, text VARCHAR, n BIGINT)');
}

/** Counts the values that the spans at hand have of a field; of events and links, those of each of them. */
export async function addTagValues(db: Database, field: FieldPlan, pass: TagPass): Promise<void> {
  const holds = await match(db, pass, [field]);
  const item = itemOf(field);
  const scope = { columns: pass.columns, span: 'm', ...(item && { [item]: 'i' }) };
  const value = compileValue({ kind: 'field', field }, scope);
  const from = `matched m${item ? ` JOIN ${item}s i ON i.row = m.row` : ''} WHERE ${holds}`;
  const selects = partsOf(value).map((part) => {
    const list = part.startsWith('l');
    const sql = list ? `unnest(${value[part]})` : value[part];
    const type = list ? part.slice(1) : part;
    return `SELECT '${type}' AS type, CAST(v AS VARCHAR) AS text, count(*) AS n
      FROM (SELECT ${sql} AS v FROM ${from}) WHERE v IS NOT NULL GROUP BY v`;
  });
  // One statement, so that a unit is added whole or not at all.
  if (selects.length > 0) await db.run(`INSERT INTO tag_values ${selects.join('\nUNION ALL ')}`);
}

/** The most frequent first, then by text. */
export async function readTagValues(session: Session, limit: number): Promise<readonly CountedValue[]> {
  const rows = await session.rows(`SELECT type, text, sum(n)::BIGINT AS n FROM tag_values
    GROUP BY type, text ORDER BY n DESC, text, type LIMIT ${intLiteral(BigInt(limit))}`);
  return (rows as [CountedValue['type'], string, bigint][]).map(([type, text, count]) => ({
    type,
    text,
    count: Number(count),
  }));
}

/** How many of the matching spans at hand carry each attribute; of events and links, how many of those of matching spans. */
export async function countCarriers(
  db: Database,
  attributes: readonly AttributeKey[],
  pass: TagPass,
): Promise<readonly number[]> {
  const holds = await match(db, pass, []);
  const counts: number[] = [];
  for (const relation of ['spans', 'events', 'links'] as const) {
    const columnsOf = (attribute: AttributeKey): string =>
      pass.columns
        .typesFor(attribute)
        .map((type) => `count(${pass.columns.column(attribute, type)})`)
        .join(' + ');
    const own = attributes.map((attribute, n) => ({
      n,
      sql: relationOf(attribute) === relation ? columnsOf(attribute) : '',
    }));
    const wanted = own.filter(({ sql }) => sql !== '');
    if (wanted.length === 0) continue;
    const matching = `(SELECT row FROM matched m WHERE ${holds})`;
    const [row = []] = await db.rows(
      `SELECT ${wanted.map(({ sql }) => sql).join(', ')} FROM ${relation} SEMI JOIN ${matching} USING (row)`,
    );
    for (const [at, { n }] of wanted.entries()) counts[n] = Number(row[at]);
  }
  return attributes.map((_, n) => counts[n] ?? 0);
}

function relationOf({ scope }: AttributeKey): 'spans' | 'events' | 'links' {
  return scope === 'event' ? 'events' : scope === 'link' ? 'links' : 'spans';
}

/** Makes `matched`; the SQL that says of a row `m` of it that it matches. */
async function match(
  db: Database,
  { filter, needs, columns }: TagPass,
  late: readonly FieldPlan[],
): Promise<string> {
  const predicates = new PredicateColumns([filter], columns);
  const relations: Relations = { columns, predicates, matched: 'matched' };
  await dropTables(db, ['matched']);
  await db.run(passSql({ predicates: [filter], needs, late, shows: false }, relations));
  return filter === TRUE ? 'true' : predicates.holds(0, 'm.');
}
