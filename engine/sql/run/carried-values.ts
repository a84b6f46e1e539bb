/** What violations carry of the span that each is about, read for these few spans after all verdicts. */
import { fieldText } from '../../plan/expression.js';
import type { Relations } from '../compile/relations.js';
import { compileValue } from '../compile/value/expression.js';
import { jsonOfAll } from '../compile/value/value.js';
import type { Store } from '../store/store.js';
import { EVIDENCE, EVIDENCE_SHOWN, LISTED, SPANS } from '../tables.js';
import { antiJoin, argMin, qualify } from '../text/operations.js';
import { EMPTY, join, type Sql, sql } from '../text/sql.js';
import { parseValue } from './json-value.js';
import type { Judged } from './judged.js';

/** By `rule id` of the case; a span that has none of the attributes carries nothing. */
export type CarriedValues = ReadonlyMap<string, ReadonlyMap<string, unknown>>;

/**
 * Of the violations in `listed`, whose evidence is in `evidence_shown`. As where violations are counted, the span that one is about is its
 * first bound span; without one the first that a test matched, and where nothing did the first of the trace. Of a flow in which nothing
 * was matched there is none.
 *
 * @param spans the spans of the listed traces among others; default: the relation of all
 */
export async function carriedValues(
  db: Store,
  { carries: fields = [] }: Judged['plan'],
  near: Relations,
  spans: Sql = SPANS,
): Promise<CarriedValues> {
  const carried = new Map<string, ReadonlyMap<string, unknown>>();
  if (fields.length === 0) return carried;
  const { columns, flows } = near;
  const scope = { columns, span: sql`s` };
  const values = fields.map(
    (field, n) => sql`${jsonOfAll(compileValue({ kind: 'field', field }, scope))} AS c${n}`,
  );
  const shown = sql`SELECT rule, id, row FROM ${EVIDENCE_SHOWN} ${qualify(
    sql`row_number() OVER (PARTITION BY rule, id ORDER BY bound NULLS LAST, start_ns, span_id, kind, name) = 1`,
  )}`;
  const without = sql`(SELECT rule, id, trace FROM ${LISTED} ${antiJoin(EVIDENCE, { using: ['rule', 'id'] })})`;
  const firsts = sql` UNION ALL
    SELECT l.rule, l.id, ${argMin(sql`s.row`, [sql`s.start_ns`, sql`s.span_id`])} AS row
    FROM ${without} l JOIN ${spans} s ON s.trace = l.trace GROUP BY l.rule, l.id`;
  const rows = await db.rows(
    sql`SELECT a.rule, a.id, ${join(values, ', ')} FROM (${shown}${flows === undefined ? firsts : EMPTY}) a
    JOIN ${flows === undefined ? spans : near.matched} s ON s.row = a.row`,
  );
  const names = fields.map(fieldText);
  for (const [rule, id, ...cells] of rows as [number, bigint, ...(string | null)[]][])
    carried.set(
      `${rule} ${id}`,
      new Map(
        names.flatMap((name, n) => {
          const value = parseValue(cells[n] ?? null);
          return value === null ? [] : [[name, value] as const];
        }),
      ),
    );
  return carried;
}
