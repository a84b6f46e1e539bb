/**
 * The key of each span: its own value of a field, else that of the nearest span above it that has one, else that of its trace, where all
 * spans that have one agree. Of a key of several fields each is found by itself; a span that lacks one of them is in no flow.
 */
import type { KeyFieldPlan } from '../../plan/flow-plan.js';
import type { AttributeColumns } from '../compile/attribute-columns.js';
import type { Ctes } from '../compile/ctes.js';
import { hasAnyPredicate } from '../compile/scan/predicate-columns.js';
import { compileValue, fieldColumns } from '../compile/value/expression.js';
import { jsonOf, type Value } from '../compile/value/value.js';
import { MATCHED, SPANS } from '../tables.js';
import { cast, json, lastKnown, tryCast } from '../text/operations.js';
import { concat, EMPTY, join, NULL, names, type Sql, sql } from '../text/sql.js';

/** Whose keys are found: those of all spans that have one, or of the matched ones that one of these predicates found. */
export type KeyedSpans = 'all' | ReadonlySet<number>;

/**
 * SELECTs `row`, `trace`, `start_ns`, `flow` and `own` of spans that have the key, of the traces in the relations, and columns of `matched` that
 * are `kept`, null where no filter matches the span. `matched` has the fields and the nested set numbers of its spans.
 */
export function spanKeysSql(
  fields: readonly KeyFieldPlan[],
  keyed: KeyedSpans,
  columns: AttributeColumns,
  ctes: Ctes,
  kept: readonly Sql[] = [],
): Sql {
  const valuesOf = (span: Sql): readonly Sql[] =>
    fields.map(({ field }) => keyValue(compileValue({ kind: 'field', field }, { columns, span })));
  const stored = valuesOf(sql`s`);
  if (fields.some(({ field }) => fieldColumns(field, columns).length === 0)) return noKeys(kept);
  const wanted = ctes.add(
    'wanted',
    keyed === 'all' ? everySpan(stored, kept) : matchedSpans(keyed, valuesOf(sql`m`), kept),
    {
      once: true,
    },
  );
  const found = stored.map((value, n) => inherited(value, sql`v${n}`, wanted, ctes));
  const joins = found.map(
    ({ above, agreed }, n) =>
      sql`LEFT JOIN ${above} a${n} ON a${n}.row = w.row LEFT JOIN ${agreed} g${n} ON g${n}.trace = w.trace`,
  );
  const parts = found.map((_, n) => sql`coalesce(w.v${n}, a${n}.v, g${n}.v)`);
  const listed = concat(parts.map((part, n) => (n === 0 ? part : sql` || ', ' || ${part}`)));
  const selected = join(
    [...keyedColumns(sql`w`), sql`'[' || ${listed} || ']' AS flow`, OWN, ...columnsOf(sql`w`, kept)],
    ', ',
  );
  return sql`${ctes.with()}SELECT * FROM (SELECT ${selected} FROM ${wanted} w ${join(joins, ' ')}) WHERE flow IS NOT NULL`;
}

const OWN = sql`true AS own`;

function keyedColumns(span: Sql): readonly Sql[] {
  return columnsOf(span, names(['row', 'trace', 'start_ns']));
}

function columnsOf(span: Sql, columns: readonly Sql[]): readonly Sql[] {
  return columns.map((column) => sql`${span}.${column} AS ${column}`);
}

/** Of a field that no span has. */
function noKeys(kept: readonly Sql[]): Sql {
  const selected = [
    ...keyedColumns(sql`m`),
    sql`${cast(NULL, 'text')} AS flow`,
    OWN,
    ...columnsOf(sql`m`, kept),
  ];
  return sql`SELECT ${join(selected, ', ')} FROM ${kept.length === 0 ? SPANS : MATCHED} m WHERE false`;
}

/** All spans of the traces in which some span has a value. */
function everySpan(values: readonly Sql[], kept: readonly Sql[]): Sql {
  const has = join(
    values.map((value) => sql`${value} IS NOT NULL`),
    ' OR ',
  );
  const matched = kept.length === 0 ? EMPTY : sql` LEFT JOIN ${MATCHED} m ON m.row = s.row`;
  return sql`SELECT ${wantedColumns(sql`s`, values, kept)} FROM ${SPANS} s${matched} WHERE s.trace IN (SELECT s.trace FROM ${SPANS} s WHERE ${has})`;
}

function matchedSpans(predicates: ReadonlySet<number>, values: readonly Sql[], kept: readonly Sql[]): Sql {
  return sql`SELECT ${wantedColumns(sql`m`, values, kept)} FROM ${MATCHED} m WHERE ${hasAnyPredicate(predicates, sql`m.`)}`;
}

function wantedColumns(span: Sql, values: readonly Sql[], kept: readonly Sql[]): Sql {
  const own = [...keyedColumns(span), sql`${span}.nested_left AS place`];
  return join(
    [...own, ...values.map((value, n) => sql`${value} AS v${n}`), ...columnsOf(sql`m`, kept)],
    ', ',
  );
}

/**
 * Of each span without a value of its own the one above it; and of each trace the only one. Only traces with such a span are looked at, and what
 * is above it only where a trace has several values.
 */
function inherited(
  stored: Sql,
  value: Sql,
  wanted: Sql,
  ctes: Ctes,
): { readonly above: Sql; readonly agreed: Sql } {
  const lacking = sql`SELECT trace FROM ${wanted} WHERE ${value} IS NULL`;
  const holders = ctes.add(
    'holders',
    sql`SELECT s.trace, s.row, s.nested_left, s.nested_right, ${stored} AS v FROM ${SPANS} s WHERE ${stored} IS NOT NULL AND s.trace IN (${lacking})`,
    { once: true },
  );
  const held = ctes.add(
    'held',
    sql`SELECT trace, min(v) AS v, min(v) = max(v) AS agree FROM ${holders} GROUP BY trace`,
  );
  const divided = ctes.add(
    'divided',
    sql`SELECT * FROM ${holders} WHERE trace IN (SELECT trace FROM ${held} WHERE NOT agree)`,
    { once: true },
  );
  // Walked in the order of nested sets, a span that has the value is entered at its left number and left at its right one. How many have
  // been entered and not left is the place of the nearest one: the last that was entered at this depth.
  const steps = [
    sql`SELECT trace, nested_left AS place, 1 AS step, v, row FROM ${divided}`,
    sql`SELECT trace, nested_right, -1, NULL, NULL FROM ${divided}`,
    sql`SELECT trace, place, 0, NULL, row FROM ${wanted} WHERE ${value} IS NULL AND trace IN (SELECT trace FROM ${divided})`,
  ];
  const walked = ctes.add(
    'walked',
    sql`SELECT *, sum(step) OVER (PARTITION BY trace ORDER BY place) AS depth FROM (${join(steps, ' UNION ALL ')})`,
  );
  const above = ctes.add(
    'above',
    sql`SELECT row, v FROM (SELECT row, step, depth, ${lastKnown(sql`v`)} OVER (PARTITION BY trace, depth ORDER BY place) AS v FROM ${walked})
    WHERE step = 0 AND depth > 0`,
  );
  return { above, agreed: sql`(SELECT trace, v FROM ${held} WHERE agree)` };
}

/**
 * JSON text of a value that spans are joined by, null where there is none. Equal numbers are one value whatever their type; an empty text
 * says that there is no value, as an id of zeros does, and what is no finite number equals nothing.
 */
function keyValue({ s, d, ...others }: Value): Sql {
  const texts = [
    jsonOf({ ...others, ...(s === undefined ? {} : { s: sql`nullif(${s}, '')` }) }),
    ...(d === undefined
      ? []
      : [
          sql`CASE WHEN ${d} - ${d} = 0 THEN CASE WHEN ${d} = floor(${d}) THEN coalesce(${json(tryCast(d, 'int64'))}, ${json(d)}) ELSE ${json(d)} END END`,
        ]),
  ];
  return texts.length === 1 ? texts[0]! : sql`coalesce(${join(texts, ', ')})`;
}
