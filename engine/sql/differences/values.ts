/** Which values the spans of violating cases have: what may turn out to be different about them. */
import type { AttributeColumns } from '../compile/attribute-columns.js';
import type { Store } from '../store/store.js';
import { DIFFERING_VALUES, SPANS } from '../tables.js';
import { distinctAbout, tableAs } from '../text/operations.js';
import { join, type Sql, sql } from '../text/sql.js';
import { type RuleOfCases, rowsOfCases } from './case-spans.js';
import { type SpanField, textOfField } from './fields.js';

/** A value, or its absence (null), of a field of spans in a role, and how many violating cases have it. */
export interface CountedValue {
  /** By number. */
  readonly rule: number;
  readonly role: number;
  /** Index among the fields. */
  readonly field: number;
  readonly value: string | null;
  readonly cases: number;
}

interface ValuesInUnit {
  readonly values: readonly CountedValue[];
  /** By the index of the field: how many different values all spans of the unit have, about. */
  readonly different: readonly number[];
}

/** What the violating cases of the unit at hand have, each value that at least one has. */
export async function valuesOfViolating(
  db: Store,
  columns: AttributeColumns,
  fields: readonly SpanField[],
  rules: readonly RuleOfCases[],
): Promise<ValuesInUnit> {
  const texts = fields.flatMap((field, fieldIndex) => {
    const value = textOfField(field, columns);
    return value === undefined ? [] : [{ fieldIndex, value }];
  });
  const named = texts.map(({ fieldIndex, value }) => sql`${value} AS v${fieldIndex}`);
  await db.run(
    tableAs(
      DIFFERING_VALUES,
      sql`SELECT r.rule, r.part, r.id, r.role, ${join(named, ', ')} FROM (${rowsOfCases(rules, true)}) r JOIN ${SPANS} s ON s.row = r.row`,
      { replace: true },
    ),
  );
  // Grouped by case first: a case with many spans counts once.
  const counted = (
    value: Sql,
    fieldIndex: number,
  ): Sql => sql`SELECT rule, role, ${fieldIndex} AS field, ${value} AS value, count(*) AS cases
    FROM (SELECT DISTINCT rule, role, part, id, ${value} FROM ${DIFFERING_VALUES} WHERE ${value} IS NOT NULL) GROUP BY rule, role, ${value}`;
  const values: CountedValue[] = [];
  const having = new Map<string, number>();
  await db.each(texts, async (session, { fieldIndex }) => {
    const value = sql`v${fieldIndex}`;
    const rows = await session.rows(counted(value, fieldIndex));
    for (const [rule, role, field, text, cases] of rows as [number, number, number, string, bigint][])
      values.push({ rule, role, field, value: text, cases: Number(cases) });
    const present =
      await session.rows(sql`SELECT rule, role, count(*) FROM (SELECT DISTINCT rule, role, part, id
      FROM ${DIFFERING_VALUES} WHERE ${value} IS NOT NULL) GROUP BY rule, role`);
    for (const [rule, role, cases] of present as [number, number, bigint][])
      having.set(`${rule} ${role} ${fieldIndex}`, Number(cases));
  });
  const all = await db.rows(
    sql`SELECT rule, role, count(*) FROM (SELECT DISTINCT rule, role, part, id FROM ${DIFFERING_VALUES}) GROUP BY rule, role`,
  );
  for (const [rule, role, count] of all as [number, number, bigint][])
    for (const { fieldIndex } of texts) {
      const cases = Number(count) - (having.get(`${rule} ${role} ${fieldIndex}`) ?? 0);
      if (cases > 0) values.push({ rule, role, field: fieldIndex, value: null, cases });
    }
  return { values, different: await differentValues(db, fields.length, texts) };
}

/** With more spans one in so many is looked at: what has few values shows them all, and what has very many shows that. */
const MANY_SPANS = 200_000;
const ONE_IN = 8;

/** By the index of the field: about how many values it has. */
async function differentValues(
  db: Store,
  fields: number,
  texts: readonly { readonly fieldIndex: number; readonly value: Sql }[],
): Promise<readonly number[]> {
  const [[spans] = [0n]] = await db.rows(sql`SELECT count(*) FROM ${SPANS}`);
  const oneIn = Number(spans) > MANY_SPANS ? ONE_IN : 1;
  const some = oneIn === 1 ? SPANS : sql`(SELECT * FROM ${SPANS} WHERE row % ${oneIn} = 0)`;
  const counted = texts.flatMap(({ value }) => [distinctAbout(value), sql`count(${value})`]);
  const [row = []] = await db.rows(sql`SELECT ${join(counted, ', ')} FROM ${some} s`);
  const different = Array.from({ length: fields }, () => 0);
  for (const [place, { fieldIndex }] of texts.entries()) {
    const [found, present] = [Number(row[2 * place]), Number(row[2 * place + 1])];
    // Where most that have one have one of their own, the others will, too.
    different[fieldIndex] = found > present / 2 ? found * oneIn : found;
  }
  return different;
}
