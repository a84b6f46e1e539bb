/**
 * A Tempo block as flat parquet files, one row a span (event, link, trace): what `flatten` writes and DuckDB reads.
 */
import { createHash } from 'node:crypto';
import type { AttributeColumn, AttributeKey, ColumnNeeds, StoredScope } from '../../plan/schema.js';

/**
 * The flat files of one block. Row numbers count from 0 within the block and equal DuckDB's `file_row_number`.
 *
 * - `traces`: `trace_id` BLOB, `start_ns`, `end_ns` BIGINT, `root_service`, `root_name` VARCHAR as Tempo stored them ('' without a root),
 *   `irregular` BOOLEAN: the row must be recomputed before rules see it (several roots, spans that share an id, ids of zeros, no spans at all). Where the
 *   needs are not of whole traces (`needsWholeTraces`), `trace_id` and `start_ns` alone.
 * - `spans`: `trace` INTEGER (row in `traces`), then the needed columns of `SPAN_COLUMNS`, then attribute columns (`ATTRIBUTE_COLUMN_TYPES`),
 *   as far as some row has them.
 * - `events`, `links`: `span` INTEGER (row in `spans`), then their columns and attribute columns.
 */
export interface FlatBlock {
  readonly blockId: string;
  readonly traces: string;
  readonly spans: string;
  readonly events?: string;
  readonly links?: string;
  /** Whether every start and duration of a span is known to be within the bounds of `time-bounds.ts` as it is stored. */
  readonly plainTimes?: boolean;
  readonly traceCount: number;
  readonly spanCount: number;
  /** Bytes that were read from the block; 0 when all files came from the cache. */
  readonly bytesRead: number;
}

/** What is flattened: the columns, for every trace of the block. */
export type FlatRequest = ColumnNeeds;

/**
 * The name of an attribute's column in a flat file. Keys may hold any character and differ only in case, which
 * DuckDB's column names may not: so a hash. `service.name` of a resource is an attribute like any other here.
 */
export function attributeColumn(attribute: AttributeKey, column: AttributeColumn): string {
  const hash = createHash('sha256').update(`${attribute.scope}\0${attribute.key}`).digest('hex').slice(0, 20);
  return `a_${hash}_${column}`;
}

/** The flat file that has the columns of attributes of a scope; undefined where the block has no such events or links. */
export function fileOfScope(flat: FlatBlock, scope: StoredScope): string | undefined {
  if (scope === 'event') return flat.events;
  return scope === 'link' ? flat.links : flat.spans;
}
