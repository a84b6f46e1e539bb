import type { FieldPlan } from '../../plan/expression.js';
import type { PatternPlan } from '../../plan/plan.js';
import { Ctes } from '../compile/ctes.js';
import { TRACE_DOMAIN } from '../compile/domain.js';
import { fieldValue } from '../compile/metrics/metrics.js';
import { type Intervals, insideSql, intervalSql } from '../compile/metrics/metrics-intervals.js';
import type { Relations } from '../compile/relations.js';
import { serviceColumn } from '../compile/scan/scan.js';
import { compilePattern } from '../compile/spanset/spanset.js';
import type { Scope } from '../compile/value/expression.js';
import { groupKey } from '../compile/value/value.js';
import { dropTables } from '../store/drop-tables.js';
import type { Store } from '../store/store.js';
import { COMPARE_COUNTS, COMPARED, TRACES } from '../tables.js';
import {
  argMin,
  cast,
  emptyTable,
  hex,
  int,
  intDivide,
  materialized,
  qualify,
  semiJoin,
  tableAs,
} from '../text/operations.js';
import { join, NULL, name, type Sql, sql } from '../text/sql.js';

/** Two sets of spans, and the fields whose values are counted in each. */
export interface Comparison {
  readonly pattern: PatternPlan;
  /** The predicate of the selection; the other spans of the pattern are the baseline. */
  readonly selection: number;
  /** Nanoseconds since the Unix epoch, decimal text: the selection starts from `start` on and before `end`. */
  readonly start?: string;
  readonly end?: string;
  readonly fields: readonly ComparedField[];
}

export interface ComparedField {
  readonly field: FieldPlan;
  /** What a span without the field counts as. */
  readonly missing: 'nothing' | 'nil' | 'empty text';
  /** What each span counts. */
  readonly weight: number;
}

/** How often a value was met. */
export interface ValueCount {
  /** Which of the fields. */
  readonly field: number;
  readonly selected: boolean;
  /** As `groupKey` writes it; undefined for the count of all values. */
  readonly value?: string;
  readonly interval: number;
  readonly count: number;
}

/** Makes room for the counts of a run: values may be many, so they stay in the database. */
export async function beginComparison(db: Store): Promise<void> {
  await endComparison(db);
  await db.run(
    emptyTable(COMPARE_COUNTS, [
      ['field', 'int32'],
      ['selected', 'bool'],
      ['value', 'text'],
      ['interval', 'int32'],
      ['n', 'int64'],
    ]),
  );
}

export async function endComparison(db: Store): Promise<void> {
  await dropTables(db, [COMPARED, COMPARE_COUNTS]);
}

/** The span that is shown as the example of its set. */
export interface ComparedExemplar {
  readonly selected: boolean;
  /** Which part of the range. */
  readonly bucket: number;
  readonly interval: number;
  /** 32 and 16 lower-case hex digits. */
  readonly traceId: string;
  readonly spanId: string;
  readonly startNs: bigint;
  readonly name: string;
  readonly service?: string;
  /** Of each field, as `groupKey` writes it; null where the span counts for none. */
  readonly values: readonly (string | null)[];
}

/** Of each set and each of so many equal parts of the range one span: of the trace with the least id, the one with the least id. */
async function exemplarsOf(
  db: Store,
  fields: readonly ComparedField[],
  intervals: Intervals,
  relations: Relations,
  parts: number,
): Promise<readonly ComparedExemplar[]> {
  const scope: Scope = { columns: relations.columns, span: sql`m` };
  const bucket = intDivide(
    sql`(m.start_ns - ${int(intervals.startNs)})`,
    int((intervals.endNs - intervals.startNs) / BigInt(parts) + 1n),
  );
  const [service] = serviceColumn(relations.columns);
  const columns = [
    sql`m.selected`,
    sql`c.bucket`,
    sql`m."interval"`,
    hex(sql`t.trace_id`),
    hex(sql`m.span_id`),
    sql`m.start_ns`,
    sql`m.name`,
    service === undefined ? NULL : sql`nullif(m.${name(service)}, '')`,
    ...fields.map(({ field, missing }) => orMissing(groupKey(fieldValue(field, scope)), missing)),
  ];
  const rows = await db.rows(sql`WITH chosen AS (
  SELECT m.selected, ${bucket} AS bucket, ${argMin(sql`m.row`, [sql`t.trace_id`, sql`m.span_id`])} AS row
  FROM ${COMPARED} m JOIN ${TRACES} t ON t.trace = m.trace GROUP BY m.selected, bucket)
SELECT ${join(columns, ', ')} FROM chosen c JOIN ${COMPARED} m ON m.row = c.row JOIN ${TRACES} t ON t.trace = m.trace`);
  return rows.map((row) => {
    const [selected, bucket, interval, traceId, spanId, startNs, name, service, ...values] =
      row as unknown as [
        boolean,
        bigint,
        number,
        string,
        string,
        bigint,
        string,
        string | null,
        ...(string | null)[],
      ];
    return {
      selected,
      bucket: Number(bucket),
      interval,
      traceId,
      spanId,
      startNs,
      name,
      ...(service !== null && { service }),
      values,
    };
  });
}

/** Adds the spans in `matched`; all of them or, when it fails, none. Gives exemplars of so many parts of the range. */
export async function addComparison(
  db: Store,
  comparison: Comparison,
  intervals: Intervals,
  relations: Relations,
  parts: number,
): Promise<readonly ComparedExemplar[]> {
  const ctes = new Ctes(relations);
  const { wide } = compilePattern(comparison.pattern, { domain: TRACE_DOMAIN, ctes });
  await dropTables(db, [COMPARED]);
  await db.run(
    tableAs(
      COMPARED,
      sql`${ctes.with()}
SELECT m.*, ${intervalSql(intervals, START)} AS "interval", coalesce(${selectedSql(comparison, relations)}, false) AS selected
FROM ${wide} m WHERE ${insideSql(intervals, START)}`,
    ),
  );
  const scope: Scope = { columns: relations.columns, span: sql`m` };
  await db.together(async () => {
    for (const [n, { field, missing, weight }] of comparison.fields.entries()) {
      const value = orMissing(groupKey(fieldValue(field, scope)), missing);
      await db.run(sql`INSERT INTO ${COMPARE_COUNTS} SELECT ${n}, selected, ${value} AS value, "interval", count(*) * ${weight}
FROM ${COMPARED} m WHERE ${value} IS NOT NULL GROUP BY selected, value, "interval"`);
    }
  });
  const exemplars = parts === 0 ? [] : await exemplarsOf(db, comparison.fields, intervals, relations, parts);
  await dropTables(db, [COMPARED]);
  return exemplars;
}

const START = sql`m.start_ns`;

function selectedSql({ selection, start, end }: Comparison, { predicates }: Relations): Sql {
  const limits = [
    ...(start === undefined ? [] : [sql`m.start_ns >= ${int(start)}`]),
    ...(end === undefined ? [] : [sql`m.start_ns < ${int(end)}`]),
  ];
  return join([sql`(${predicates.holds(selection, sql`m.`)})`, ...limits], ' AND ');
}

function orMissing(key: Sql, missing: ComparedField['missing']): Sql {
  switch (missing) {
    case 'nil':
      return key;
    case 'nothing':
      return sql`nullif(${key}, '-')`;
    case 'empty text':
      return sql`coalesce(nullif(${key}, '-'), 's')`;
  }
}

/** The counts of each field's `top` most frequent values, in the selection and in the baseline, and of all its values. */
export async function readComparison(db: Store, top: number): Promise<readonly ValueCount[]> {
  const total = cast(sql`sum(n)`, 'int64');
  const rows = await db.rows(sql`WITH summed AS ${materialized()} (
  SELECT field, selected, value, "interval", ${total} AS n FROM ${COMPARE_COUNTS} GROUP BY field, selected, value, "interval"),
frequent AS (SELECT field, selected, value FROM summed GROUP BY field, selected, value
  ${qualify(sql`row_number() OVER (PARTITION BY field, selected ORDER BY sum(n) DESC, value) <= ${int(BigInt(top))}`)})
SELECT field, selected, value, "interval", n FROM summed ${semiJoin(sql`frequent`, { using: ['field', 'selected', 'value'] })}
UNION ALL SELECT field, selected, NULL, "interval", ${total} FROM summed GROUP BY field, selected, "interval"`);
  return rows.map((row) => {
    const [field, selected, value, interval, count] = row as [number, boolean, string | null, number, bigint];
    return { field, selected, ...(value === null ? {} : { value }), interval, count: Number(count) };
  });
}
