import type { FieldPlan } from '../../../plan/expression.js';
import type { RulePlan } from '../../../plan/plan.js';
import { VERDICT } from '../../../verdicts/verdict.js';
import { SPANS } from '../../tables.js';
import { argMin, semiJoin } from '../../text/operations.js';
import { join, NULL, name, type Sql, sql } from '../../text/sql.js';
import { firstColumns } from '../ctes.js';
import { fieldValue, type ReadableSql } from '../metrics/metrics.js';
import { type Intervals, insideSql, intervalSql } from '../metrics/metrics-intervals.js';
import type { Relations } from '../relations.js';
import { serviceColumn } from '../scan/scan.js';
import { TypedColumns, type TypedValue } from '../value/typed.js';
import { evidenceSql } from './evidence.js';

/** How many violations a unit of traces has with the same facts in one interval. */
export interface ViolationCount {
  readonly interval: number;
  /** Index in `RulePlan.clauses`. */
  readonly clause: number;
  /** Of the span that the violation is about. */
  readonly service?: string;
  /** The values of the fields of that span. */
  readonly group: readonly (TypedValue | undefined)[];
  readonly count: number;
}

const NO_PLACE = 1_000_000;

/**
 * Counts the violations among the verdicts of a rule, a table with the columns of `verdicts`. The span that a violation is about is its
 * first bound span; without one the first that a test matched, and where nothing did the first of the trace.
 */
export function violationCountSql(
  rule: RulePlan,
  verdicts: Sql,
  fields: readonly FieldPlan[],
  intervals: Intervals,
  relations: Relations,
): ReadableSql<ViolationCount> {
  const violations = sql`(SELECT * FROM ${verdicts} WHERE verdict = ${VERDICT.violation} AND ${insideSql(intervals, sql`time_ns`)})`;
  const service = serviceColumn(relations.columns)[0];
  const fixed = [
    intervalSql(intervals, sql`v.time_ns`),
    sql`v.clause`,
    service === undefined ? NULL : sql`s.${name(service)}`,
  ];
  const groups = new TypedColumns(fixed.length);
  const scope = { columns: relations.columns, span: sql`s` };
  const readers = fields.map((field) => groups.add(fieldValue(field, scope)));
  const columns = [...fixed, ...groups.sql];
  return {
    sql: sql`WITH about AS (
  SELECT e.id, ${argMin(sql`e.row`, [sql`coalesce(e.bound, ${NO_PLACE})`, sql`s.start_ns`, sql`s.span_id`])} AS row
  FROM (${evidenceSql(rule, relations, violations)}) e JOIN ${SPANS} s ON s.row = e.row GROUP BY e.id
), firsts AS (
  SELECT trace, ${argMin(sql`row`, [sql`start_ns`, sql`span_id`])} AS row
  FROM ${SPANS} ${semiJoin(sql`(SELECT trace FROM ${violations})`, { using: ['trace'] })} GROUP BY trace
)
SELECT ${join([...columns, sql`count(*)`], ', ')}
FROM ${violations} v LEFT JOIN about a ON a.id = v.id LEFT JOIN firsts f ON f.trace = v.trace
  LEFT JOIN ${SPANS} s ON s.row = coalesce(a.row, f.row)
GROUP BY ${firstColumns(columns.length)}`,
    read: (row) => {
      const [interval, clause, count] = row;
      return {
        interval: Number(interval),
        clause: Number(clause),
        ...(typeof count === 'string' ? { service: count } : {}),
        group: readers.map((read) => read(row)),
        count: Number(row.at(-1)),
      };
    },
  };
}
