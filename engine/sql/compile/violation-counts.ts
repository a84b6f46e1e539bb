import type { FieldPlan } from '../../plan/expression.js';
import type { RulePlan } from '../../plan/plan.js';
import { VERDICT } from '../../verdicts/verdict.js';
import { evidenceSql } from './evidence.js';
import { fieldValue, type ReadableSql } from './metrics.js';
import { type Intervals, insideSql, intervalSql } from './metrics-intervals.js';
import type { Relations } from './relations.js';
import { serviceColumn } from './scan.js';
import { TypedColumns, type TypedValue } from './typed.js';

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
  verdicts: string,
  fields: readonly FieldPlan[],
  intervals: Intervals,
  relations: Relations,
): ReadableSql<ViolationCount> {
  const violations = `(FROM ${verdicts} WHERE verdict = ${VERDICT.violation} AND ${insideSql(intervals, 'time_ns')})`;
  const service = serviceColumn(relations.columns)[0];
  const fixed = [
    intervalSql(intervals, 'v.time_ns'),
    'v.clause',
    service === undefined ? 'NULL' : `s.${service}`,
  ];
  const groups = new TypedColumns(fixed.length);
  const scope = { columns: relations.columns, span: 's' };
  const readers = fields.map((field) => groups.add(fieldValue(field, scope)));
  const columns = [...fixed, ...groups.sql];
  return {
    sql: `WITH about AS (
  SELECT e.id, arg_min(e.row, (coalesce(e.bound, ${NO_PLACE}), s.start_ns, s.span_id)) AS row
  FROM (${evidenceSql(rule, relations, violations)}) e JOIN spans s ON s.row = e.row GROUP BY e.id
), firsts AS (
  SELECT trace, arg_min(row, (start_ns, span_id)) AS row
  FROM spans SEMI JOIN (SELECT trace FROM ${violations}) USING (trace) GROUP BY trace
)
SELECT ${[...columns, 'count(*)'].join(', ')}
FROM ${violations} v LEFT JOIN about a ON a.id = v.id LEFT JOIN firsts f ON f.trace = v.trace
  LEFT JOIN spans s ON s.row = coalesce(a.row, f.row)
GROUP BY ${columns.map((_, n) => n + 1).join(', ')}`,
    read: (row) => {
      const [interval, clause, of] = row;
      return {
        interval: Number(interval),
        clause: Number(clause),
        ...(typeof of === 'string' ? { service: of } : {}),
        group: readers.map((read) => read(row)),
        count: Number(row.at(-1)),
      };
    },
  };
}
