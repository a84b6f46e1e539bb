import type { Expression, FieldPlan } from '../../../plan/expression.js';
import type { PatternPlan } from '../../../plan/plan.js';
import type { Cell, Row } from '../../store/cell.js';
import { TRACES } from '../../tables.js';
import { argMax, argMin, cast, exactSum, hash63, isNan, wholeSum } from '../../text/operations.js';
import { EMPTY, FALSE, join, type Sql, sql } from '../../text/sql.js';
import { Ctes, firstColumns } from '../ctes.js';
import { TRACE_DOMAIN } from '../domain.js';
import type { Relations } from '../relations.js';
import { chosenItems, compilePattern } from '../spanset/spanset.js';
import { compileValue, type Scope } from '../value/expression.js';
import { TypedColumns, type TypedValue } from '../value/typed.js';
import { groupKey, isPresent, numberOf, type Value } from '../value/value.js';
import { type Intervals, insideSql, intervalSql } from './metrics-intervals.js';

/** What spans are counted by. */
export interface SpanAggregation {
  /** Whose spans count; it reads no bound spans. */
  readonly pattern: PatternPlan;
  readonly by: readonly FieldPlan[];
  readonly measure: Measure;
  /** Whether each point names traces that it is of. */
  readonly witnesses?: boolean;
  /** Whether each trace has points of its own. */
  readonly byTrace?: boolean;
}

export type Measure =
  | { readonly kind: 'count' }
  /** Count, sum, least and greatest of the values that are numbers. */
  | { readonly kind: 'numbers'; readonly field: FieldPlan }
  /** Counts of whole numbers from 2 on, by the exponent of the least power of two that is not below. */
  | { readonly kind: 'powers'; readonly field: FieldPlan }
  /** Counts of the values that are numbers, by value. */
  | { readonly kind: 'values'; readonly field: FieldPlan }
  /** Counts of the values of any type, by a hash of 63 bits of each: of 20 million, two have the same one time in 50 thousand. */
  | { readonly kind: 'keys'; readonly field: FieldPlan };

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
  /** Stands for the value that was counted. */
  readonly key?: bigint;
  /**
   * Two traces that the spans are of, by `traceHash`, where they are asked for: of the greatest and the least value, or of all spans where
   * none is measured; of several the least and the greatest by hash. So they do not depend on the parts that traces come in.
   */
  readonly witnesses?: readonly [bigint, bigint];
  /** The number of the trace, where each has points of its own. */
  readonly trace?: bigint;
}

export interface ReadableSql<T> {
  readonly sql: Sql;
  readonly read: (row: Row) => T;
}

/** The partial points of the spans in `matched`: one row for each group and interval (and power) that has any. */
export function aggregationSql(
  { pattern, by, measure, witnesses = false, byTrace = false }: SpanAggregation,
  intervals: Intervals,
  relations: Relations,
): ReadableSql<PartialPoint> {
  const ctes = new Ctes(relations);
  const wide = measuredSpans({ pattern, by, measure }, ctes);
  const scope: Scope = { columns: relations.columns, span: sql`m` };
  const { keys, columns: measured, where, telling, read } = measureColumns(measure, scope);
  const columns = witnesses ? [...measured, ...witnessColumns(telling)] : measured;
  const fixed = [intervalSql(intervals, sql`m.start_ns`), ...keys, ...(byTrace ? [sql`m.trace`] : [])];
  const groups = new TypedColumns(fixed.length);
  const readers = by.map((field) => groups.add(fieldValue(field, scope)));
  const grouped = [...fixed, ...groups.sql];
  const statement = sql`${ctes.with()}SELECT ${join([...grouped, ...columns], ', ')}
FROM ${wide} m${witnesses ? sql` JOIN ${TRACES} t ON t.trace = m.trace` : EMPTY}
WHERE ${join([insideSql(intervals, sql`m.start_ns`), ...where], ' AND ')}
GROUP BY ${firstColumns(grouped.length)}`;
  return {
    sql: statement,
    read: (row) => ({
      group: readers.map((readGroup) => readGroup(row)),
      interval: Number(row[0]),
      ...read(row.slice(grouped.length), row[1]),
      ...(witnesses ? { witnesses: row.slice(-2) as unknown as readonly [bigint, bigint] } : {}),
      ...(byTrace ? { trace: row[fixed.length - 1] as bigint } : {}),
    }),
  };
}

/** The spans that are counted, with the fields of events and links that their filter chose. */
export function measuredSpans({ pattern, by, measure }: SpanAggregation, ctes: Ctes): Sql {
  const fields = [...by, ...(measure.kind === 'count' ? [] : [measure.field])];
  const read = fields.map((field): Expression => ({ kind: 'field', field }));
  const context = { domain: TRACE_DOMAIN, ctes };
  return chosenItems(compilePattern(pattern, context), read, context).wide;
}

function witnessColumns(telling: Sql | undefined): readonly Sql[] {
  const hash = hash63(sql`t.trace_id`);
  if (telling === undefined) return [sql`min(${hash})`, sql`max(${hash})`];
  const order = [sql`-${telling}`, hash];
  return [argMin(hash, order), argMax(hash, order)];
}

interface MeasureColumns {
  readonly keys: readonly Sql[];
  readonly columns: readonly Sql[];
  readonly where: readonly Sql[];
  /** The number by which a span tells the more, the greater it is; absent where all tell alike. */
  readonly telling?: Sql;
  /** `key` is the value of the first of `keys`. */
  readonly read: (
    row: Row,
    key: Cell | undefined,
  ) => Pick<PartialPoint, 'count' | 'numbers' | 'power' | 'value' | 'key'>;
}

function measureColumns(measure: Measure, scope: Scope): MeasureColumns {
  switch (measure.kind) {
    case 'count':
      return {
        keys: [],
        columns: [sql`count(*)`],
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
          sql`count(*)`,
          cast(value.i === undefined ? sql`0` : sql`coalesce(${wholeSum(value.i)}, 0)`, 'int128'),
          cast(value.d === undefined ? sql`0` : sql`coalesce(${exactSum(unlessNan(value.d))}, 0)`, 'double'),
          sql`min(${number})`,
          sql`max(${number})`,
        ],
        where: [sql`${number} IS NOT NULL`],
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
        keys: [cast(sql`ceil(log2(${cast(i, 'double')}))`, 'int32')],
        columns: [sql`count(*)`],
        where: [sql`${i} >= 2`],
        read: ([count], power) => ({ power: Number(power), count: Number(count) }),
      };
    }
    case 'keys': {
      const value = fieldValue(measure.field, scope);
      return {
        keys: [hash63(groupKey(value))],
        columns: [sql`count(*)`],
        where: [isPresent(value)],
        read: ([count], key) => ({ key: key as bigint, count: Number(count) }),
      };
    }
    case 'values': {
      const number = finiteNumber(fieldValue(measure.field, scope));
      if (number === undefined) return NEVER_A_NUMBER;
      return {
        keys: [number],
        columns: [sql`count(*)`],
        where: [sql`${number} IS NOT NULL`],
        read: ([count], value) => ({ value: Number(value), count: Number(count) }),
      };
    }
  }
}

const NEVER_A_NUMBER: MeasureColumns = {
  keys: [],
  columns: [sql`count(*)`],
  where: [FALSE],
  read: () => ({ count: 0 }),
};

export function fieldValue(field: FieldPlan, scope: Scope): Value {
  return compileValue({ kind: 'field', field }, scope);
}

/** The number as DOUBLE; null where the value is none, or is not a number by IEEE 754. */
export function finiteNumber(value: Value): Sql | undefined {
  const number = numberOf(value);
  return number === undefined || value.d === undefined ? number : unlessNan(number);
}

function unlessNan(number: Sql): Sql {
  return sql`CASE WHEN NOT ${isNan(number)} THEN ${number} END`;
}
