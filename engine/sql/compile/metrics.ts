import type { DuckDBValue } from '@duckdb/node-api';
import type { Expression, FieldPlan } from '../../plan/expression.js';
import type { PatternPlan } from '../../plan/plan.js';
import { Ctes } from './ctes.js';
import type { Domain } from './domain.js';
import { compileValue, type Scope } from './expression.js';
import { type Intervals, insideSql, intervalSql } from './metrics-intervals.js';
import type { Relations } from './relations.js';
import { chosenItems, compilePattern } from './spanset.js';
import { TypedColumns, type TypedValue } from './typed.js';
import { numberOf, type Value } from './value.js';

/** What spans are counted by. */
export interface SpanAggregation {
  /** Whose spans count; it reads no bound spans. */
  readonly pattern: PatternPlan;
  readonly by: readonly FieldPlan[];
  readonly measure: Measure;
  /** Whether each point names traces that it is of. */
  readonly witnesses?: boolean;
}

export type Measure =
  | { readonly kind: 'count' }
  /** Count, sum, least and greatest of the values that are numbers. */
  | { readonly kind: 'numbers'; readonly field: FieldPlan }
  /** Counts of whole numbers from 2 on, by the exponent of the least power of two that is not below. */
  | { readonly kind: 'powers'; readonly field: FieldPlan }
  /** Counts of the values that are numbers, by value. */
  | { readonly kind: 'values'; readonly field: FieldPlan };

/** What a unit of traces has for one group in one interval; such parts add up over units. */
export interface PartialPoint {
  /** The values of `by`; undefined where the spans have none. */
  readonly group: readonly (TypedValue | undefined)[];
  readonly interval: number;
  /** Spans, or the values that `numbers` are of. */
  readonly count: number;
  readonly numbers?: {
    /** Of the whole numbers, exactly; and of the others. */
    readonly wholeSum: bigint;
    readonly sum: number;
    readonly least: number;
    readonly greatest: number;
  };
  /** The exponent of the bucket. */
  readonly power?: number;
  /** The value that was counted. */
  readonly value?: number;
  /**
   * Two traces that the spans are of, by `traceHash`, where they are asked for: of the greatest and the least value, or of all spans where
   * none is measured; of several the least and the greatest by hash. So they do not depend on the parts that traces come in.
   */
  readonly witnesses?: readonly [bigint, bigint];
}

export interface ReadableSql<T> {
  readonly sql: string;
  readonly read: (row: readonly DuckDBValue[]) => T;
}

/** The partial points of the spans in `matched`: one row for each group and interval (and power) that has any. */
export function aggregationSql(
  { pattern, by, measure, witnesses = false }: SpanAggregation,
  intervals: Intervals,
  relations: Relations,
): ReadableSql<PartialPoint> {
  const ctes = new Ctes(relations);
  const wide = measuredSpans({ pattern, by, measure }, ctes);
  const scope: Scope = { columns: relations.columns, span: 'm' };
  const { keys, columns: measured, where, telling, read } = measureColumns(measure, scope);
  const columns = witnesses ? [...measured, ...witnessColumns(telling)] : measured;
  const fixed = [intervalSql(intervals, 'm.start_ns'), ...keys];
  const groups = new TypedColumns(fixed.length);
  const readers = by.map((field) => groups.add(fieldValue(field, scope)));
  const grouped = [...fixed, ...groups.sql];
  const sql = `${ctes.with()}SELECT ${[...grouped, ...columns].join(', ')}
FROM ${wide} m${witnesses ? ' JOIN traces t ON t.trace = m.trace' : ''}
WHERE ${[insideSql(intervals, 'm.start_ns'), ...where].join(' AND ')}
GROUP BY ${grouped.map((_, n) => n + 1).join(', ')}`;
  return {
    sql,
    read: (row) => ({
      group: readers.map((readGroup) => readGroup(row)),
      interval: Number(row[0]),
      ...read(row.slice(grouped.length), row[1]),
      ...(witnesses ? { witnesses: row.slice(-2) as unknown as readonly [bigint, bigint] } : {}),
    }),
  };
}

/** The spans that are counted, with the fields of events and links that their filter chose. */
export function measuredSpans({ pattern, by, measure }: SpanAggregation, ctes: Ctes): string {
  const fields = [...by, ...(measure.kind === 'count' ? [] : [measure.field])];
  const read = fields.map((field): Expression => ({ kind: 'field', field }));
  const trace: Domain = { kind: 'trace' };
  return chosenItems(compilePattern(pattern, trace, ctes), read, trace, ctes).wide;
}

function witnessColumns(telling: string | undefined): readonly string[] {
  const hash = traceHash('t.trace_id');
  if (telling === undefined) return [`min(${hash})`, `max(${hash})`];
  const order = `(-${telling}, ${hash})`;
  return [`arg_min(${hash}, ${order})`, `arg_max(${hash}, ${order})`];
}

/** A trace by its id as a number that is at hand without a text for each: 63 bits, alike in all parts of a run. */
export function traceHash(traceId: string): string {
  return `(hash(${traceId}) >> 1)::BIGINT`;
}

interface MeasureColumns {
  readonly keys: readonly string[];
  readonly columns: readonly string[];
  readonly where: readonly string[];
  /** The number by which a span tells the more, the greater it is; absent where all tell alike. */
  readonly telling?: string;
  /** `key` is the value of the first of `keys`. */
  readonly read: (
    row: readonly DuckDBValue[],
    key: DuckDBValue | undefined,
  ) => Pick<PartialPoint, 'count' | 'numbers' | 'power' | 'value'>;
}

function measureColumns(measure: Measure, scope: Scope): MeasureColumns {
  switch (measure.kind) {
    case 'count':
      return {
        keys: [],
        columns: ['count(*)'],
        where: [],
        read: ([count]) => ({ count: Number(count) }),
      };
    case 'numbers': {
      const value = fieldValue(measure.field, scope);
      const number = finiteNumber(value);
      if (number === undefined) return NEVER_A_NUMBER;
      return {
        keys: [],
        columns: [
          'count(*)',
          value.i === undefined ? '0::HUGEINT' : `coalesce(sum(${value.i}), 0)::HUGEINT`,
          value.d === undefined ? '0::DOUBLE' : `coalesce(fsum(${unlessNan(value.d)}), 0)::DOUBLE`,
          `min(${number})`,
          `max(${number})`,
        ],
        where: [`${number} IS NOT NULL`],
        telling: number,
        read: (row) => {
          const [count, wholeSum, sum, least, greatest] = row as [bigint, bigint, number, number, number];
          return { count: Number(count), numbers: { wholeSum, sum, least, greatest } };
        },
      };
    }
    case 'powers': {
      const { i } = fieldValue(measure.field, scope);
      if (i === undefined) return NEVER_A_NUMBER;
      return {
        keys: [`ceil(log2(${i}::DOUBLE))::INTEGER`],
        columns: ['count(*)'],
        where: [`${i} >= 2`],
        read: ([count], power) => ({ power: Number(power), count: Number(count) }),
      };
    }
    case 'values': {
      const number = finiteNumber(fieldValue(measure.field, scope));
      if (number === undefined) return NEVER_A_NUMBER;
      return {
        keys: [number],
        columns: ['count(*)'],
        where: [`${number} IS NOT NULL`],
        read: ([count], value) => ({ value: Number(value), count: Number(count) }),
      };
    }
  }
}

const NEVER_A_NUMBER: MeasureColumns = {
  keys: [],
  columns: ['count(*)'],
  where: ['false'],
  read: () => ({ count: 0 }),
};

export function fieldValue(field: FieldPlan, scope: Scope): Value {
  return compileValue({ kind: 'field', field }, scope);
}

/** The number as DOUBLE; null where the value is none, or is not a number by IEEE 754. */
export function finiteNumber(value: Value): string | undefined {
  const number = numberOf(value);
  return number === undefined || value.d === undefined ? number : unlessNan(number);
}

function unlessNan(sql: string): string {
  return `CASE WHEN NOT isnan(${sql}) THEN ${sql} END`;
}
