import { type Expression, type FieldPlan, itemOf, TRUE } from '../../plan/expression.js';
import { ATTRIBUTE_TYPES, type AttributeKey, type ColumnNeeds } from '../../plan/schema.js';
import type { AttributeColumns } from '../compile/attribute-columns.js';
import type { Relations } from '../compile/relations.js';
import { PredicateColumns } from '../compile/scan/predicate-columns.js';
import { type Pass, passRows, passSql, readsSpansAlone } from '../compile/scan/scan.js';
import { compileValue } from '../compile/value/expression.js';
import { isListPart, partsOf, type Value } from '../compile/value/value.js';
import { dropTables } from '../store/drop-tables.js';
import type { Session, Store } from '../store/store.js';
import { EVENTS, ITEM_TABLES, LINKS, MATCHED, SPANS, TAG_VALUES } from '../tables.js';
import { cast, emptyTable, filtered, int, listOf, rowsOf, semiJoin, text, type } from '../text/operations.js';
import { EMPTY, join, name, type Sql, sql } from '../text/sql.js';

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
  await dropTables(session, [TAG_VALUES]);
  await session.run(
    emptyTable(TAG_VALUES, [
      ['type', 'text'],
      ['text', 'text'],
      ['n', 'int64'],
    ]),
  );
}

/** Whether the values are counted as spans are read, and kept nowhere. */
export function streamsTagValues(field: FieldPlan, pass: TagPass): boolean {
  return partsOf(fieldSql(field, pass)).length <= 1 && readsSpansAlone(passOf(pass, [field]), pass.columns);
}

/** Counts the values that the spans at hand have of a field; of events and links, those of each of them. */
export async function addTagValues(db: Store, field: FieldPlan, pass: TagPass): Promise<void> {
  const { matched, holds } = streamsTagValues(field, pass)
    ? streamed(pass, [field])
    : await match(db, pass, [field]);
  const item = itemOf(field);
  const value = fieldSql(field, pass);
  const from = sql`${matched} m${item ? sql` JOIN ${ITEM_TABLES[item]} i ON i.row = m.row` : EMPTY} WHERE ${holds}`;
  const selects = partsOf(value).map((part) => {
    const values = isListPart(part) ? rowsOf(listOf(value[part]!, ATTRIBUTE_TYPES[part])) : value[part]!;
    const kind = isListPart(part) ? part.slice(1) : part;
    return sql`SELECT ${text(kind)} AS type, CAST(v AS ${type('text')}) AS text, count(*) AS n
      FROM (SELECT ${values} AS v FROM ${from}) WHERE v IS NOT NULL GROUP BY v`;
  });
  // One statement, so that a unit is added whole or not at all.
  if (selects.length > 0) await db.run(sql`INSERT INTO ${TAG_VALUES} ${join(selects, '\nUNION ALL ')}`);
}

/** The most frequent first, then by text. */
export async function readTagValues(session: Session, limit: number): Promise<readonly CountedValue[]> {
  const rows =
    await session.rows(sql`SELECT type, text, ${cast(sql`sum(n)`, 'int64')} AS total FROM ${TAG_VALUES}
    GROUP BY type, text ORDER BY total DESC, text, type LIMIT ${int(BigInt(limit))}`);
  return (rows as [CountedValue['type'], string, bigint][]).map(([type, value, count]) => ({
    type: type,
    text: value,
    count: Number(count),
  }));
}

/** How many of the matching spans at hand carry each attribute; of events and links, how many of those of matching spans. */
export async function countCarriers(
  db: Store,
  attributes: readonly AttributeKey[],
  pass: TagPass,
): Promise<readonly number[]> {
  const { matched, holds } = await match(db, pass, []);
  const counts: number[] = [];
  for (const relation of ['spans', 'events', 'links'] as const) {
    const columnsOf = (attribute: AttributeKey): Sql | undefined => {
      const counts = pass.columns
        .typesFor(attribute)
        .map((type) =>
          filtered(sql`count(*)`, sql`${name(pass.columns.column(attribute, type))} IS NOT NULL`),
        );
      return counts.length === 0 ? undefined : join(counts, ' + ');
    };
    const own = attributes.map((attribute, attributeIndex) => ({
      attributeIndex,
      count: relationOf(attribute) === relation ? columnsOf(attribute) : undefined,
    }));
    const wanted = own.flatMap(({ attributeIndex, count }) =>
      count === undefined ? [] : [{ attributeIndex, count }],
    );
    if (wanted.length === 0) continue;
    const matching = sql`(SELECT row FROM ${matched} m WHERE ${holds})`;
    const [row = []] = await db.rows(
      sql`SELECT ${join(
        wanted.map(({ count }) => count),
        ', ',
      )} FROM ${TABLES[relation]} ${semiJoin(matching, { using: ['row'] })}`,
    );
    for (const [position, { attributeIndex }] of wanted.entries())
      counts[attributeIndex] = Number(row[position]);
  }
  return attributes.map((_, attributeIndex) => counts[attributeIndex] ?? 0);
}

const TABLES = { spans: SPANS, events: EVENTS, links: LINKS } as const;

function relationOf({ scope }: AttributeKey): 'spans' | 'events' | 'links' {
  return scope === 'event' ? 'events' : scope === 'link' ? 'links' : 'spans';
}

function fieldSql(field: FieldPlan, { columns }: TagPass): Value {
  const item = itemOf(field);
  return compileValue({ kind: 'field', field }, { columns, span: sql`m`, ...(item && { [item]: sql`i` }) });
}

/** Spans, and the SQL that says of a row `m` of them that it matches. */
interface Matching {
  readonly matched: Sql;
  readonly holds: Sql;
}

function passOf({ filter, needs }: TagPass, late: readonly FieldPlan[]): Pass {
  return { predicates: [filter], needs, late, shows: false };
}

function streamed(pass: TagPass, late: readonly FieldPlan[]): Matching {
  const predicates = new PredicateColumns([pass.filter], pass.columns);
  const rows = passRows(passOf(pass, late), { columns: pass.columns, predicates });
  return { matched: sql`(${rows})`, holds: holdsSql(pass, predicates) };
}

/** Makes the table `matched`. */
async function match(db: Store, pass: TagPass, late: readonly FieldPlan[]): Promise<Matching> {
  const predicates = new PredicateColumns([pass.filter], pass.columns);
  const relations: Relations = { columns: pass.columns, predicates, matched: MATCHED };
  await dropTables(db, [MATCHED]);
  await db.run(passSql(passOf(pass, late), relations));
  return { matched: MATCHED, holds: holdsSql(pass, predicates) };
}

function holdsSql({ filter }: TagPass, predicates: PredicateColumns): Sql {
  return filter === TRUE ? sql`true` : predicates.holds(0, sql`m.`);
}
