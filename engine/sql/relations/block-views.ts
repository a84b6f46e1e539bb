import {
  ATTRIBUTE_COLUMN_TYPES,
  type AttributeColumn,
  type AttributeKey,
  type ColumnNeeds,
  needsWholeTraces,
  type SpanColumn,
} from '../../plan/schema.js';
import { AttributeColumns } from '../compile/attribute-columns.js';
import type { Store } from '../store/store.js';
import {
  byteLength,
  cast,
  fileNumber,
  fileRow,
  filesColumns,
  filesRows,
  int,
  intArithmetic,
  intDivide,
  mayBeOneOf,
  quoted,
  semiJoin,
  shiftLeft,
} from '../text/operations.js';
import { EMPTY, FALSE, join, NULL, name, names, type Sql, sql } from '../text/sql.js';
import { attributeColumn, type FlatBlock } from './flat.js';
import { MAX_DURATION, MAX_START } from './time-bounds.js';

/**
 * SELECTs over the flat files of blocks, in the shape of the relations of `schema.ts`.
 *
 * Traces and spans are known by the number of their block and their row there.
 */
export class BlockViews {
  private constructor(
    private readonly blocks: readonly FlatBlock[],
    private readonly needs: ColumnNeeds,
    private readonly present: ReadonlyMap<string, ReadonlySet<string>>,
    /** The types that attributes have in any of the blocks. */
    readonly columns: AttributeColumns,
    private readonly only: Sql | undefined,
  ) {}

  /** Reads from the files which columns they have. `only`: a table of the keys of the traces to show; default all. */
  static async open(
    db: Store,
    blocks: readonly FlatBlock[],
    needs: ColumnNeeds,
    only?: Sql,
  ): Promise<BlockViews> {
    const files = blocks
      .flatMap(({ spans, events, links }) => [spans, events, links])
      .filter((view) => view !== undefined);
    const present = new Map<string, Set<string>>();
    if (files.length > 0)
      for (const [file, column] of await db.rows(sql`SELECT file_name, name FROM ${filesColumns(files)}`)) {
        const names = present.get(String(file)) ?? new Set();
        present.set(String(file), names.add(String(column)));
      }
    const all = new Set([...present.values()].flatMap((names) => [...names]));
    const columnsOf = (attribute: AttributeKey): readonly AttributeColumn[] =>
      COLUMNS.filter((column) => all.has(attributeColumn(attribute, column)));
    return new BlockViews(blocks, needs, present, new AttributeColumns(needs, columnsOf), only);
  }

  /** The same views over some of the blocks: from number `first` to `last`. */
  of(first: number, last: number): BlockSelects {
    const { needs, present, columns, only } = this;
    return new BlockSelects(this.blocks.slice(first, last + 1), first, needs, present, columns, only);
  }
}

export class BlockSelects {
  constructor(
    private readonly blocks: readonly FlatBlock[],
    private readonly firstBlock: number,
    private readonly needs: ColumnNeeds,
    private readonly present: ReadonlyMap<string, ReadonlySet<string>>,
    private readonly columns: AttributeColumns,
    private readonly only: Sql | undefined,
  ) {}

  /** With `near`, keys of traces, their spans are among those selected, and of most others little is decoded. */
  spans(near?: readonly bigint[]): Sql {
    const plain = this.blocks.every(({ plainTimes }) => plainTimes === true);
    const columns = this.needs.spans.map((column) => (plain ? undefined : SPAN_SQL[column]) ?? name(column));
    const files = this.blocks.map(({ spans }) => spans);
    const attributes = this.attributes(this.needs.spanAttributes, files);
    const where =
      near === undefined || near.length > MOST_NEAR ? EMPTY : sql` WHERE ${nearSql(near.map(rowOf))}`;
    return this.shown(
      sql`SELECT ${join([sql`${this.traceKey(sql`trace`)} AS trace`, sql`${this.rowKey(fileRow())} AS row`, ...(needsWholeTraces(this.needs) ? WHOLE_TRACE : []), ...columns, ...attributes], ', ')} FROM ${this.read(files)}${where}`,
    );
  }

  events(): Sql {
    return this.items(
      this.blocks.map(({ events }) => events),
      this.needs.events?.columns ?? [],
      (this.needs.events?.attributes ?? []).map((key) => ({ scope: 'event', key })),
    );
  }

  links(): Sql {
    return this.items(
      this.blocks.map(({ links }) => links),
      this.needs.links?.columns ?? [],
      (this.needs.links?.attributes ?? []).map((key) => ({ scope: 'link', key })),
    );
  }

  /**
   * With `irregular`, see `FlatBlock`. Where the needs are not of whole traces, none is known to be irregular or to have a root, and each ends
   * where it starts.
   */
  traces(): Sql {
    const start = clamped(sql`start_ns`, MAX_START);
    const brief = [sql`${this.traceKey(fileRow())} AS trace`, sql`trace_id`, sql`${start} AS start_ns`];
    const whole = [
      sql`${start} + ${clamped(intArithmetic(sql`end_ns`, '-', sql`start_ns`), MAX_DURATION)} AS end_ns`,
      // Tempo stores '' where there is no root, and where the root has no service.
      sql`CASE WHEN root_name <> '' OR root_service <> '' THEN root_name END AS root_name`,
      sql`CASE WHEN root_name <> '' OR root_service <> '' THEN root_service END AS root_service`,
      sql`irregular`,
    ];
    const unknown = [
      sql`${start} AS end_ns`,
      ...['root_name', 'root_service'].map((column) => sql`${cast(NULL, 'text')} AS ${name(column)}`),
      sql`false AS irregular`,
    ];
    const columns = [...brief, ...(needsWholeTraces(this.needs) ? whole : unknown)];
    return this.shown(
      sql`SELECT ${join(columns, ', ')} FROM ${this.read(this.blocks.map(({ traces }) => traces))}`,
    );
  }

  private shown(select: Sql): Sql {
    if (this.only === undefined) return select;
    return sql`SELECT * FROM (${select}) ${semiJoin(this.only, { using: ['trace'] })}`;
  }

  private items(
    files: readonly (string | undefined)[],
    columns: readonly string[],
    attributes: readonly AttributeKey[],
  ): Sql {
    const present = files.filter((file) => file !== undefined);
    if (present.length < files.length) throw new Error('a flat block lacks a file that the needs ask for');
    return sql`SELECT ${join([sql`${this.rowKey(sql`span`)} AS row`, sql`${fileRow()} AS position`, ...names(columns), ...this.attributes(attributes, present)], ', ')} FROM ${this.read(present)}`;
  }

  /** A file that lacks a column has null in it; a column that none of the files has would be an error. */
  private attributes(attributes: readonly AttributeKey[], files: readonly string[]): readonly Sql[] {
    const present = new Set(files.flatMap((file) => [...(this.present.get(file) ?? [])]));
    return attributes.flatMap((attribute) =>
      this.columns.columnsFor(attribute).map((column) => {
        const stored = attributeColumn(attribute, column);
        const value = present.has(stored) ? quoted(stored) : cast(NULL, ATTRIBUTE_COLUMN_TYPES[column]);
        return sql`${value} AS ${name(this.columns.column(attribute, column))}`;
      }),
    );
  }

  private read(files: readonly string[]): Sql {
    return filesRows(files);
  }

  private traceKey(row: Sql): Sql {
    return sql`${shiftLeft(sql`${fileNumber()} + ${this.firstBlock}`, TRACE_BITS)} + ${row}`;
  }

  private rowKey(row: Sql): Sql {
    return sql`${shiftLeft(sql`${fileNumber()} + ${this.firstBlock}`, ROW_BITS)} + ${row}`;
  }
}

const COLUMNS = Object.keys(ATTRIBUTE_COLUMN_TYPES) as readonly AttributeColumn[];
const TRACE_BITS = 32;
const ROW_BITS = 36;

/** The row in its block of a trace key. */
function rowOf(key: bigint): number {
  return Number(BigInt.asUintN(TRACE_BITS, key));
}

/** The same with the number of the block. */
export function placeOf(key: bigint): { readonly block: number; readonly row: number } {
  return { block: Number(key >> BigInt(TRACE_BITS)), row: rowOf(key) };
}

/**
 * On the `trace` of a file. The range is compared first, and for less: what is at one end of the blocks is found soon. Where it holds little
 * else, that is enough.
 */
function nearSql(rows: readonly number[]): Sql {
  if (rows.length === 0) return FALSE;
  const [least, most] = [Math.min(...rows), Math.max(...rows)];
  const range = sql`trace >= ${least} AND trace <= ${most}`;
  return rows.length * 4 > most - least ? range : sql`${range} AND ${mayBeOneOf(sql`trace`, rows)}`;
}

/** With more, nearly every page has spans of some of them. */
export const MOST_NEAR = 1 << 13;

/** The number of the block that a trace's key is of. */
export function blockOfKey(key: Sql): Sql {
  return intDivide(key, int(1n << BigInt(TRACE_BITS)));
}

/** The trace key of a block's first trace and of the row after its last; keys of a block lie between. */
export function traceKeyOf(block: number, row: number): bigint {
  return (BigInt(block) << BigInt(TRACE_BITS)) + BigInt(row);
}

function clamped(column: Sql, most: bigint): Sql {
  return sql`greatest(0, least(${column}, ${int(most)}))`;
}

const SPAN_SQL: Partial<Record<SpanColumn, Sql>> = {
  start_ns: sql`${clamped(sql`start_ns`, MAX_START)} AS start_ns`,
  duration_ns: sql`${clamped(sql`duration_ns`, MAX_DURATION)} AS duration_ns`,
};

/** Of spans that are a whole trace as they are stored: no two carry one id, and one at most has no parent. */
const WHOLE_TRACE = [
  sql`${byteLength(sql`parent_id`)} = 0 AS is_root`,
  sql`${cast(sql`0`, 'int32')} AS sharing`,
];
