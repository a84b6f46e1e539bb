import type { DuckDBValue } from '@duckdb/node-api';
import { intLiteral } from '../dialects/duckdb/literal.js';
import { Ctes } from './ctes.js';
import type { Scope } from './expression.js';
import {
  fieldValue,
  finiteNumber,
  measuredSpans,
  type ReadableSql,
  type SpanAggregation,
} from './metrics.js';
import { type Intervals, insideSql } from './metrics-intervals.js';
import type { Relations } from './relations.js';
import { serviceColumn } from './scan.js';
import { TypedColumns, type TypedValue } from './typed.js';

/** A span that stands for the points of its group. */
export interface FoundExemplar {
  /** Which part of the range. */
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

/** Of each of so many equal parts of the range, whatever the group; not more than `most` altogether. */
export interface ExemplarsWanted {
  readonly parts: number;
  readonly each: number;
  readonly most: number;
}

/**
 * Spans of different traces: those of the least trace ids, and of a trace its first span there. So the exemplars of a whole
 * run are among those of its units.
 */
export function exemplarSql(
  { pattern, by, measure }: SpanAggregation,
  intervals: Intervals,
  wanted: ExemplarsWanted,
  relations: Relations,
): ReadableSql<FoundExemplar> {
  const ctes = new Ctes(relations);
  const wide = measuredSpans({ pattern, by, measure }, ctes);
  const scope: Scope = { columns: relations.columns, span: 'm' };
  const number = measure.kind === 'count' ? undefined : finiteNumber(fieldValue(measure.field, scope));
  const measured = measure.kind === 'count' ? 'true' : `${number ?? 'NULL'} IS NOT NULL`;
  const { startNs, endNs } = intervals;
  const groups = new TypedColumns(EXEMPLAR_COLUMNS);
  const readers = by.map((field) => groups.add(fieldValue(field, scope)));
  const bucket = `(m.start_ns - ${intLiteral(startNs)}) // ${intLiteral((endNs - startNs) / BigInt(wanted.parts) + 1n)}`;
  const candidates = ctes.add(
    'candidates',
    `SELECT ${bucket} AS bucket, m.trace, arg_min(m.row, (m.start_ns, m.span_id)) AS row
  FROM ${wide} m WHERE ${insideSql(intervals, 'm.start_ns')} AND ${measured} GROUP BY ALL`,
  );
  const chosen = ctes.add(
    'chosen',
    `SELECT c.bucket, c.row, t.trace_id FROM ${candidates} c JOIN traces t ON t.trace = c.trace
  QUALIFY row_number() OVER (PARTITION BY c.bucket ORDER BY t.trace_id) <= ${wanted.each}`,
  );
  const service = serviceColumn(relations.columns)[0];
  const columns = [
    'c.bucket',
    'lower(hex(c.trace_id))',
    'lower(hex(m.span_id))',
    'm.start_ns',
    'm.name',
    service === undefined ? 'NULL' : `nullif(m.${service}, '')`,
    number ?? 'NULL',
  ];
  return {
    sql: `${ctes.with()}SELECT ${[...columns, ...groups.sql].join(', ')}
FROM ${chosen} c JOIN ${wide} m ON m.row = c.row`,
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

const EXEMPLAR_COLUMNS = 7;
type ExemplarRow = [bigint, string, string, bigint, string, string | null, number | null];
