import { attributeColumn, type FlatBlock } from '../blocks/flat.js';
import type { Database } from '../sql/duckdb/database.js';
import { identifier, intLiteral, stringLiteral } from '../sql/duckdb/literal.js';
import { AttributeColumns } from '../sql/duckdb/names.js';
import {
  ATTRIBUTE_TYPES,
  type AttributeKey,
  type AttributeType,
  type ColumnNeeds,
  type SpanColumn,
} from './schema.js';

/**
 * SELECTs over the flat files of consecutive blocks, in the shape of the relations of `schema.ts`.
 *
 * A trace is known by its block's number and its row there, a span likewise; numbers count from `firstBlock`.
 */
export class BlockViews {
  private constructor(
    private readonly blocks: readonly FlatBlock[],
    private readonly firstBlock: number,
    private readonly needs: ColumnNeeds,
    readonly columns: AttributeColumns,
  ) {}

  /** Reads from the files which types each attribute has; where a file lacks a column, its rows have null. */
  static async open(
    db: Database,
    blocks: readonly FlatBlock[],
    firstBlock: number,
    needs: ColumnNeeds,
  ): Promise<BlockViews> {
    const files = blocks
      .flatMap(({ spans, events, links }) => [spans, events, links])
      .filter((one) => one !== undefined);
    const rows = await db.rows(`SELECT DISTINCT name FROM parquet_schema(${fileList(files)})`);
    const present = new Set(rows.map(([name]) => String(name)));
    const typesOf = (attribute: AttributeKey): readonly AttributeType[] =>
      TYPES.filter((type) => present.has(attributeColumn(attribute, type)));
    return new BlockViews(blocks, firstBlock, needs, new AttributeColumns(needs, typesOf));
  }

  spans(): string {
    const columns = this.needs.spans.map((column) => SPAN_SQL[column] ?? column);
    const attributes = this.attributes(this.needs.spanAttributes);
    return `SELECT ${[`${this.traceKey('trace')} AS trace`, `${this.rowKey('file_row_number')} AS row`, ...columns, ...attributes].join(', ')} FROM ${this.read(this.blocks.map(({ spans }) => spans))}`;
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
      // Tempo stores '' where there is no root; a root always has a service name there, if only "unknown".
      "CASE WHEN root_name <> '' OR root_service <> '' THEN root_name END AS root_name",
      "nullif(root_service, '') AS root_service",
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
    return `SELECT ${[`${this.rowKey('span')} AS row`, ...columns, ...this.attributes(attributes)].join(', ')} FROM ${this.read(present)}`;
  }

  private attributes(attributes: readonly AttributeKey[]): readonly string[] {
    return attributes.flatMap((attribute) =>
      this.columns
        .typesFor(attribute)
        .map(
          (type) =>
            `${identifier(attributeColumn(attribute, type))} AS ${this.columns.column(attribute, type)}`,
        ),
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

const TYPES = Object.keys(ATTRIBUTE_TYPES) as readonly AttributeType[];
const TRACE_BITS = 32;
const ROW_BITS = 36;

/** The trace key of a block's first trace and of the row after its last; keys of a block lie between. */
export function traceKeyOf(block: number, row: number): bigint {
  return (BigInt(block) << BigInt(TRACE_BITS)) + BigInt(row);
}

/**
 * Starts are kept in 0 … 2^62 ns (the year 2116) and durations below 2^61 ns, so that their sums and differences, with any
 * tolerance, fit a BIGINT whatever a broken clock wrote.
 */
const MAX_START = intLiteral((1n << 62n) - 1n);
const MAX_DURATION = intLiteral((1n << 61n) - 1n);

function clamped(column: string, most: string): string {
  return `greatest(0, least(${column}, ${most}))`;
}

const SPAN_SQL: Partial<Record<SpanColumn, string>> = {
  start_ns: `${clamped('start_ns', MAX_START)} AS start_ns`,
  duration_ns: `${clamped('duration_ns', MAX_DURATION)} AS duration_ns`,
};

function fileList(files: readonly string[]): string {
  return `[${files.map(stringLiteral).join(', ')}]`;
}
