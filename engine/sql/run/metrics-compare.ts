import type { FieldPlan } from '../../plan/expression.js';
import type { PatternPlan } from '../../plan/plan.js';
import { Ctes } from '../compile/ctes.js';
import type { Scope } from '../compile/expression.js';
import { fieldValue } from '../compile/metrics.js';
import { type Intervals, insideSql, intervalSql } from '../compile/metrics-intervals.js';
import type { Relations } from '../compile/relations.js';
import { compilePattern } from '../compile/spanset.js';
import { groupKey } from '../compile/value.js';
import { type Database, dropTables } from '../dialects/duckdb/database.js';
import { intLiteral } from '../dialects/duckdb/literal.js';

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

const COMPARED = 'compared';
const COUNTS = 'compare_counts';

/** Makes room for the counts of a run: values may be many, so they stay in the database. */
export async function beginComparison(db: Database): Promise<void> {
  await endComparison(db);
  await db.run(
    `CREATE TABLE ${COUNTS} (field INTEGER, selected BOOLEAN, value VARCHAR, "interval" INTEGER, n BIGINT)`,
  );
}

export async function endComparison(db: Database): Promise<void> {
  await dropTables(db, [COMPARED, COUNTS]);
}

/** Adds the spans in `matched`; all of them or, when it fails, none. */
export async function addComparison(
  db: Database,
  comparison: Comparison,
  intervals: Intervals,
  relations: Relations,
): Promise<void> {
  const ctes = new Ctes(relations);
  const { wide } = compilePattern(comparison.pattern, { kind: 'trace' }, ctes);
  await dropTables(db, [COMPARED]);
  await db.run(`CREATE TABLE ${COMPARED} AS ${ctes.with()}
SELECT m.*, ${intervalSql(intervals, 'm.start_ns')} AS "interval", coalesce(${selectedSql(comparison, relations)}, false) AS selected
FROM ${wide} m WHERE ${insideSql(intervals, 'm.start_ns')}`);
  const scope: Scope = { columns: relations.columns, span: 'm' };
  await db.run('BEGIN TRANSACTION');
  try {
    for (const [n, { field, missing, weight }] of comparison.fields.entries()) {
      const value = orMissing(groupKey(fieldValue(field, scope)), missing);
      await db.run(`INSERT INTO ${COUNTS} SELECT ${n}, selected, ${value} AS value, "interval", count(*) * ${weight}
FROM ${COMPARED} m WHERE ${value} IS NOT NULL GROUP BY selected, value, "interval"`);
    }
    await db.run('COMMIT');
  } catch (error) {
    await db.run('ROLLBACK');
    throw error;
  }
  await dropTables(db, [COMPARED]);
}

function selectedSql({ selection, start, end }: Comparison, { predicates }: Relations): string {
  const limits = [
    ...(start === undefined ? [] : [`m.start_ns >= ${intLiteral(start)}`]),
    ...(end === undefined ? [] : [`m.start_ns < ${intLiteral(end)}`]),
  ];
  return [`(${predicates.holds(selection, 'm.')})`, ...limits].join(' AND ');
}

function orMissing(key: string, missing: ComparedField['missing']): string {
  switch (missing) {
    case 'nil':
      return key;
    case 'nothing':
      return `nullif(${key}, '-')`;
    case 'empty text':
      return `coalesce(nullif(${key}, '-'), 's')`;
  }
}

/** The counts of each field's `top` most frequent values, in the selection and in the baseline, and of all its values. */
export async function readComparison(db: Database, top: number): Promise<readonly ValueCount[]> {
  const rows = await db.rows(`WITH summed AS MATERIALIZED (
  SELECT field, selected, value, "interval", sum(n)::BIGINT AS n FROM ${COUNTS} GROUP BY field, selected, value, "interval"),
frequent AS (SELECT field, selected, value FROM summed GROUP BY field, selected, value
  QUALIFY row_number() OVER (PARTITION BY field, selected ORDER BY sum(n) DESC, value) <= ${intLiteral(BigInt(top))})
SELECT field, selected, value, "interval", n FROM summed SEMI JOIN frequent USING (field, selected, value)
UNION ALL SELECT field, selected, NULL, "interval", sum(n)::BIGINT FROM summed GROUP BY field, selected, "interval"`);
  return rows.map((row) => {
    const [field, selected, value, interval, count] = row as [number, boolean, string | null, number, bigint];
    return { field, selected, ...(value === null ? {} : { value }), interval, count: Number(count) };
  });
}
