import { attributeColumn, type FlatBlock } from '../blocks/flat.js';
import {
  ATTRIBUTE_COLUMN_TYPES,
  type AttributeColumn,
  type AttributeKey,
  type ColumnNeeds,
  type SpanColumn,
} from '../plan/schema.js';
import { AttributeColumns } from '../sql/compile/attribute-columns.js';
import type { Database } from '../sql/dialects/duckdb/database.js';
import { identifier, intLiteral, stringLiteral } from '../sql/dialects/duckdb/literal.js';
import { MAX_DURATION, MAX_START } from './time-bounds.js';

/**
 * SELECTs over the flat files of blocks, in the shape of the relations of `schema.ts`.
 *
 * A trace is known by its block's number and its row there, a span likewise.
 */
export class BlockViews {
  private constructor(
    private readonly blocks: readonly FlatBlock[],
    private readonly needs: ColumnNeeds,
    private readonly present: ReadonlyMap<string, ReadonlySet<string>>,
    /** The types that attributes have in any of the blocks. */
    readonly columns: AttributeColumns,
  ) {}

  /** Reads from the files which columns they have. */
  static async open(db: Database, blocks: readonly FlatBlock[], needs: ColumnNeeds): Promise<BlockViews> {
    const files = blocks
      .flatMap(({ spans, events, links }) => [spans, events, links])
      .filter((one) => one !== undefined);
    const present = new Map<string, Set<string>>();
    if (files.length > 0)
      for (const [file, name] of await db.rows(
        `SELECT file_name, name FROM parquet_schema(${fileList(files)})`,
      )) {
        const names = present.get(String(file)) ?? new Set();
        present.set(String(file), names.add(String(name)));
      }
    const all = new Set([...present.values()].flatMap((names) => [...names]));
    const columnsOf = (attribute: AttributeKey): readonly AttributeColumn[] =>
      COLUMNS.filter((column) => all.has(attributeColumn(attribute, column)));
    return new BlockViews(blocks, needs, present, new AttributeColumns(needs, columnsOf));
  }

  /** The same views over some of the blocks: from number `first` to `last`. */
  of(first: number, last: number): BlockSelects {
    const { needs, present, columns } = this;
    return new BlockSelects(this.blocks.slice(first, last + 1), first, needs, present, columns);
  }
}

export class BlockSelects {
  constructor(
    private readonly blocks: readonly FlatBlock[],
    private readonly firstBlock: number,
    private readonly needs: ColumnNeeds,
    private readonly present: ReadonlyMap<string, ReadonlySet<string>>,
    private readonly columns: AttributeColumns,
  ) {}

  /** With `near`, keys of traces, their spans are among those selected, and of most others little is decoded. */
  spans(near?: readonly bigint[]): string {
    const columns = this.needs.spans.map((column) => SPAN_SQL[column] ?? column);
    const files = this.blocks.map(({ spans }) => spans);
    const attributes = this.attributes(this.needs.spanAttributes, files);
    const where = near === undefined ? '' : mayBeOneOf('trace', near.map(rowOf));
    return `SELECT ${[`${this.traceKey('trace')} AS trace`, `${this.rowKey('file_row_number')} AS row`, ...WHOLE_TRACE, ...columns, ...attributes].join(', ')} FROM ${this.read(files)}${where}`;
  }

  events(): string {
    return this.items(
      this.blocks.map(({ events }) => events),
      this.needs.events?.columns ?? [],
      (this.needs.events?.attributes ?? []).map((key) => ({ scope: 'event', key })),
    );
  }

  links(): string {
    return this.items(
      this.blocks.map(({ links }) => links),
      this.needs.links?.columns ?? [],
      (this.needs.links?.attributes ?? []).map((key) => ({ scope: 'link', key })),
    );
  }

  /** With `irregular`, see `FlatBlock`. */
  traces(): string {
    const columns = [
      `${this.traceKey('file_row_number')} AS trace`,
      'trace_id',
      `${clamped('start_ns', MAX_START)} AS start_ns`,
      `${clamped('start_ns', MAX_START)} + ${clamped('TRY(end_ns - start_ns)', MAX_DURATION)} AS end_ns`,
      // Tempo stores '' where there is no root, and where the root has no service.
      "CASE WHEN root_name <> '' OR root_service <> '' THEN root_name END AS root_name",
      "CASE WHEN root_name <> '' OR root_service <> '' THEN root_service END AS root_service",
      'irregular',
    ];
    return `SELECT ${columns.join(', ')} FROM ${this.read(this.blocks.map(({ traces }) => traces))}`;
  }

  private items(
    files: readonly (string | undefined)[],
    columns: readonly string[],
    attributes: readonly AttributeKey[],
  ): string {
    const present = files.filter((file) => file !== undefined);
    if (present.length < files.length) throw new Error('a flat block lacks a file that the needs ask for');
    return `SELECT ${[`${this.rowKey('span')} AS row`, 'file_row_number AS position', ...columns, ...this.attributes(attributes, present)].join(', ')} FROM ${this.read(present)}`;
  }

  /** A file that lacks a column has null in it; a column that none of the files has would be an error. */
  private attributes(attributes: readonly AttributeKey[], files: readonly string[]): readonly string[] {
    const names = new Set(files.flatMap((file) => [...(this.present.get(file) ?? [])]));
    return attributes.flatMap((attribute) =>
      this.columns.columnsFor(attribute).map((column) => {
        const stored = attributeColumn(attribute, column);
        const sql = names.has(stored) ? identifier(stored) : `NULL::${ATTRIBUTE_COLUMN_TYPES[column]}`;
        return `${sql} AS ${this.columns.column(attribute, column)}`;
      }),
    );
  }

  private read(files: readonly string[]): string {
    return `read_parquet(${fileList(files)}, union_by_name = true)`;
  }

  private traceKey(row: string): string {
    return `((file_index::BIGINT + ${this.firstBlock}) << ${TRACE_BITS}) + ${row}`;
  }

  private rowKey(row: string): string {
    return `((file_index::BIGINT + ${this.firstBlock}) << ${ROW_BITS}) + ${row}`;
  }
}

const COLUMNS = Object.keys(ATTRIBUTE_COLUMN_TYPES) as readonly AttributeColumn[];
const TRACE_BITS = 32;
const ROW_BITS = 36;

/** The row in its block that a trace key stands for. */
function rowOf(key: bigint): number {
  return Number(BigInt.asUintN(TRACE_BITS, key));
}

/**
 * A WHERE clause that is true for these numbers and few others, or nothing where there are too many. It reads one column of a
 * file, so the parquet reader asks it before it decodes others (which it does not for `IN`): a Bloom filter with one hash.
 */
function mayBeOneOf(column: string, numbers: readonly number[]): string {
  if (numbers.length > MOST_NEAR) return '';
  const bits = new Uint8Array(BLOOM_BITS).fill('0'.charCodeAt(0));
  for (const number of numbers) bits[number % BLOOM_BITS] = '1'.charCodeAt(0);
  return ` WHERE get_bit(${stringLiteral(Buffer.from(bits).toString('latin1'))}::BIT, ${column} % ${BLOOM_BITS}) = 1`;
}

const BLOOM_BITS = 1 << 16;
/** With more, nearly every page has spans of some of them. */
export const MOST_NEAR = BLOOM_BITS / 8;

/** The trace key of a block's first trace and of the row after its last; keys of a block lie between. */
export function traceKeyOf(block: number, row: number): bigint {
  return (BigInt(block) << BigInt(TRACE_BITS)) + BigInt(row);
}

function clamped(column: string, most: bigint): string {
  return `greatest(0, least(${column}, ${intLiteral(most)}))`;
}

const SPAN_SQL: Partial<Record<SpanColumn, string>> = {
  start_ns: `${clamped('start_ns', MAX_START)} AS start_ns`,
  duration_ns: `${clamped('duration_ns', MAX_DURATION)} AS duration_ns`,
};

/** Of spans that are a whole trace as they are stored: no two carry one id, and one at most has no parent. */
const WHOLE_TRACE = ['octet_length(parent_id) = 0 AS is_root', '0::INTEGER AS sharing'];

function fileList(files: readonly string[]): string {
  return `[${files.map(stringLiteral).join(', ')}]`;
}
