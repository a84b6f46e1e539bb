/** Tempo stores what it is sent. Texts that are not UTF-8 are made so before any question: what is wrong in them becomes U+FFFD, as decoders do it. */
import type { ColumnNeeds, LogicalType } from '../../../plan/schema.js';
import type { AttributeColumns } from '../../compile/attribute-columns.js';
import type { Store } from '../../store/store.js';
import { RAW } from '../../tables.js';
import { bytesOut, changedList, fromHex, list, listOf, rowsOf, text, update } from '../../text/operations.js';
import { join, name, type Sql, sql } from '../../text/sql.js';
import { readColumns } from './nested-empty.js';
import { uncovered } from './uncovered.js';

/** Different ones of a column: they are held in this process. */
const MOST = 10_000;
/** Of one statement. */
const AT_ONCE = 500;

/** Repairs the tables that traces are put together from. Rejects with `Uncovered` where too many texts are wrong. */
export async function repairTexts(db: Store, needs: ColumnNeeds, columns: AttributeColumns): Promise<void> {
  const definitions = readColumns(needs, columns);
  for (const relation of ['spans', 'events', 'links'] as const) {
    if (relation !== 'spans' && needs[relation] === undefined) continue;
    const texts = definitions[relation].flatMap(([column, type]) => {
      const values = textsIn(name(column), type);
      return values === undefined ? [] : [{ column, type, values }];
    });
    if (texts.length === 0) continue;
    const counts = texts.map(({ values }) => sql`countIf(arrayExists(t -> ${isWrong(sql`t`)}, ${values}))`);
    const [row = []] = await db.rows(sql`SELECT ${join(counts, ', ')} FROM ${RAW[relation]}`);
    for (const [place, { column, type, values }] of texts.entries())
      if (Number(row[place]) > 0) await repairColumn(db, RAW[relation], name(column), type, values, column);
  }
}

async function repairColumn(
  db: Store,
  table: Sql,
  column: Sql,
  type: LogicalType,
  values: Sql,
  called: string,
): Promise<void> {
  const rows = await db.rows(
    sql`SELECT DISTINCT ${bytesOut(sql`t`)} FROM (SELECT ${rowsOf(values)} AS t FROM ${table}) WHERE ${isWrong(sql`t`)} LIMIT ${MOST + 1}`,
  );
  if (rows.length > MOST) uncovered(`more than ${MOST} different texts of an attribute that are not UTF-8`);
  for (let from = 0; from < rows.length; from += AT_ONCE) {
    const some = rows.slice(from, from + AT_ONCE).map(([bytes]) => Buffer.from(bytes as Uint8Array));
    const wrong = list(some.map((bytes) => fromHex(bytes.toString('hex'))));
    const right = list(some.map((bytes) => text(bytes.toString('utf8'))));
    const repaired = (value: Sql): Sql => sql`transform(${value}, ${wrong}, ${right}, ${value})`;
    const value = type === 'text[]' ? changedList(column, type, 'x', repaired) : repaired(column);
    await db.run(update(table, called, value, sql`arrayExists(t -> ${isWrong(sql`t`)}, ${values})`));
  }
}

/** The texts of a column as an array; undefined for one of something else. */
function textsIn(column: Sql, type: LogicalType): Sql | undefined {
  if (type === 'text') return sql`[${column}]`;
  return type === 'text[]' ? listOf(column, type) : undefined;
}

function isWrong(value: Sql): Sql {
  return sql`isValidUTF8(ifNull(${value}, '')) = 0`;
}
