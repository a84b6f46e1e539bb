import type { DuckDBValue } from '@duckdb/node-api';
import type { Scope } from './expression.js';
import { intLiteral } from './literal.js';
import { fieldValue, finiteNumber, type ReadableSql, type SpanAggregation } from './metrics.js';
import { type Intervals, insideSql } from './metrics-intervals.js';
import { Ctes } from './query.js';
import type { Relations } from './relations.js';
import { serviceColumn } from './scan.js';
import { compilePattern } from './spanset.js';
import { TypedColumns, type TypedValue } from './typed.js';

/** A span that stands for the points of its group. */
export interface FoundExemplar {
  /** Which of the buckets that the range is cut into. */
  readonly bucket: number;
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** 16 lower-case hex digits. */
  readonly spanId: string;
  readonly startNs: bigint;
  readonly name: string;
  readonly service?: string;
  /** The values of `by`. */
  readonly group: readonly (TypedValue | undefined)[];
  /** Of the measured field; absent where only spans are counted. */
  readonly value?: number;
}

/**
 * At most `each` spans of different traces for each of `buckets` equal parts of the range: those of the least trace ids, and
 * of a trace its first span there. So the exemplars of a whole run are among those of its units.
 */
export function exemplarSql(
  { pattern, by, measure }: SpanAggregation,
  intervals: Intervals,
  { buckets, each }: { readonly buckets: number; readonly each: number },
  relations: Relations,
): ReadableSql<FoundExemplar> {
  const ctes = new Ctes(relations);
  const { wide } = compilePattern(pattern, { kind: 'trace' }, ctes);
  const scope: Scope = { columns: relations.columns, span: 'm' };
  const number = measure.kind === 'count' ? undefined : finiteNumber(fieldValue(measure.field, scope));
  const measured = measure.kind === 'count' ? 'true' : `${number ?? 'NULL'} IS NOT NULL`;
  const { startNs, endNs } = intervals;
  const width = (endNs - startNs) / BigInt(buckets) + 1n;
  const candidates = ctes.add(
    'candidates',
    `SELECT (m.start_ns - ${intLiteral(startNs)}) // ${intLiteral(width)} AS bucket, m.trace, arg_min(m.row, (m.start_ns, m.span_id)) AS row
  FROM ${wide} m WHERE ${insideSql(intervals, 'm.start_ns')} AND ${measured} GROUP BY bucket, m.trace`,
  );
  const chosen = ctes.add(
    'chosen',
    `SELECT c.bucket, c.row, t.trace_id FROM ${candidates} c JOIN traces t ON t.trace = c.trace
  QUALIFY row_number() OVER (PARTITION BY c.bucket ORDER BY t.trace_id) <= ${each}`,
  );
  const service = serviceColumn(relations.columns)[0];
  const columns = [
    'c.bucket',
    'lower(hex(c.trace_id))',
    'lower(hex(m.span_id))',
    'm.start_ns',
    'm.name',
    service === undefined ? 'NULL' : `m.${service}`,
    number ?? 'NULL',
  ];
  const groups = new TypedColumns(columns.length);
  const readers = by.map((field) => groups.add(fieldValue(field, scope)));
  return {
    sql: `${ctes.with()}SELECT ${[...columns, ...groups.sql].join(', ')}
FROM ${chosen} c JOIN ${relations.matched} m ON m.row = c.row`,
    read: (row) => {
      const [bucket, traceId, spanId, startNs, name, service, value] = row as unknown as ExemplarRow;
      return {
        bucket: Number(bucket),
        traceId,
        spanId,
        startNs,
        name,
        ...(service === null ? {} : { service }),
        ...(value === null ? {} : { value }),
        group: readers.map((read) => read(row as readonly DuckDBValue[])),
      };
    },
  };
}

type ExemplarRow = [bigint, string, string, bigint, string, string | null, number | null];
