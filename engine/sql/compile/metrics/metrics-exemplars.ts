import type { Row } from '../../store/cell.js';
import { TRACES } from '../../tables.js';
import {
  argMin,
  firstRecords,
  groupByAll,
  hash63,
  hex,
  int,
  intDivide,
  recordValue,
  rowsOf,
} from '../../text/operations.js';
import { EMPTY, join, NULL, name, type Sql, sql, TRUE } from '../../text/sql.js';
import { Ctes } from '../ctes.js';
import type { Relations } from '../relations.js';
import { serviceColumn } from '../scan/scan.js';
import type { Scope } from '../value/expression.js';
import { TypedColumns, type TypedValue } from '../value/typed.js';
import { isPresent } from '../value/value.js';
import {
  fieldValue,
  finiteNumber,
  measuredSpans,
  type ReadableSql,
  type SpanAggregation,
} from './metrics.js';
import { type Intervals, insideSql } from './metrics-intervals.js';

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
  /** Where there are so many spans, so many of the traces that come first are looked at first, as nearly all exemplars are of them. */
  readonly sample: { readonly spans: number; readonly traces: number };
}

export interface ExemplarsOf {
  /** Of these parts of the range alone. */
  readonly parts?: readonly number[];
  /** Whether `matched` is no table, and has few rows. */
  readonly few?: boolean;
}

/** Nanoseconds that each part of the range is long. */
export function partNs({ startNs, endNs }: Intervals, { parts }: ExemplarsWanted): bigint {
  return (endNs - startNs) / BigInt(parts) + 1n;
}

/** SELECTs the keys of the traces that exemplars are of first. */
export function firstTraces(count: number): Sql {
  return sql`SELECT trace FROM ${TRACES} ORDER BY trace_id LIMIT ${count}`;
}

/**
 * Spans of different traces: those of the least trace ids, and of a trace any of its spans there, but always the same one. So the exemplars
 * of a whole run are among those of its units, and they are of all durations: the first span of a trace is the longest, too.
 */
export function exemplarSql(
  { pattern, by, measure }: SpanAggregation,
  intervals: Intervals,
  wanted: ExemplarsWanted,
  relations: Relations,
  { parts, few = false }: ExemplarsOf = {},
): ReadableSql<FoundExemplar> {
  const ctes = few ? Ctes.reading(relations) : new Ctes(relations);
  const wide = measuredSpans({ pattern, by, measure }, ctes);
  const scope: Scope = { columns: relations.columns, span: sql`m` };
  const value = measure.kind === 'count' ? undefined : fieldValue(measure.field, scope);
  const number = value === undefined || measure.kind === 'keys' ? undefined : finiteNumber(value);
  const measured =
    value === undefined
      ? TRUE
      : measure.kind === 'keys'
        ? isPresent(value)
        : sql`${number ?? NULL} IS NOT NULL`;
  const groups = new TypedColumns(EXEMPLAR_COLUMNS);
  const readers = by.map((field) => groups.add(fieldValue(field, scope)));
  const bucket = intDivide(sql`(m.start_ns - ${int(intervals.startNs)})`, int(partNs(intervals, wanted)));
  const among =
    parts === undefined
      ? EMPTY
      : sql` AND ${bucket} IN (${join(
          parts.map((part) => int(BigInt(part))),
          ', ',
        )})`;
  const candidates = ctes.add(
    'candidates',
    sql`SELECT ${bucket} AS bucket, m.trace, ${argMin(sql`m.row`, [hash63(sql`m.span_id`), sql`m.span_id`, sql`m.start_ns`])} AS row
  FROM ${wide} m WHERE ${insideSql(intervals, sql`m.start_ns`)} AND ${measured}${among} ${groupByAll()}`,
  );
  const chosen = ctes.add(
    'chosen',
    sql`SELECT bucket, ${recordValue(sql`span`, 0)} AS row, ${recordValue(sql`span`, 1)} AS trace_id FROM (
  SELECT c.bucket, ${rowsOf(firstRecords([sql`c.row`, sql`t.trace_id`], [sql`t.trace_id`], wanted.each))} AS span
  FROM ${candidates} c JOIN ${TRACES} t ON t.trace = c.trace GROUP BY c.bucket)`,
  );
  const service = serviceColumn(relations.columns)[0];
  const columns = [
    sql`c.bucket`,
    hex(sql`c.trace_id`),
    hex(sql`m.span_id`),
    sql`m.start_ns`,
    sql`m.name`,
    service === undefined ? NULL : sql`nullif(m.${name(service)}, '')`,
    number ?? NULL,
  ];
  return {
    sql: sql`${ctes.with()}SELECT ${join([...columns, ...groups.sql], ', ')}
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
        group: readers.map((read) => read(row as Row)),
      };
    },
  };
}

const EXEMPLAR_COLUMNS = 7;
type ExemplarRow = [bigint, string, string, bigint, string, string | null, number | null];
