import type { DuckDBDataChunk, DuckDBType, DuckDBValue } from '@duckdb/node-api';
import type { LogicalType } from '../../../plan/schema.js';
import type { Cell } from '../../store/cell.js';
import type { ColumnPart } from '../../store/columns.js';
import {
  BIGINT,
  BLOB,
  BOOLEAN,
  blobValue,
  DOUBLE,
  HUGEINT,
  INTEGER,
  LIST,
  listValue,
  TINYINT,
  VARCHAR,
} from './client.js';
import { writeBytes, writeTexts, writeWords } from './vectors.js';

/** Makes the rows of a column the `column` of the chunk, by its number. */
export function writeColumn(chunk: DuckDBDataChunk, column: number, part: ColumnPart): void {
  switch (part.kind) {
    case 'words':
      writeWords(chunk, column, part.words, part.present);
      break;
    case 'texts':
      writeTexts(chunk, column, part.texts, part.pool);
      break;
    case 'bytes':
      writeBytes(chunk, column, part.bytes, part.width, part.lengths);
      break;
    case 'cells':
      chunk.setColumnValues(column, part.cells.map(duckValue));
  }
}

function duckValue(cell: Cell): DuckDBValue {
  if (typeof cell !== 'object' || cell === null) return cell;
  if (cell instanceof Uint8Array) return blobValue(cell);
  if (isList(cell)) return listValue(cell.map(duckValue));
  throw new Error('a record in a column of values');
}

function isList(cell: object): cell is readonly Cell[] {
  return Array.isArray(cell);
}

/** The types of chunks. */
export const CHUNK_TYPES: Readonly<Record<LogicalType, DuckDBType>> = {
  int8: TINYINT,
  int32: INTEGER,
  int64: BIGINT,
  int128: HUGEINT,
  double: DOUBLE,
  bool: BOOLEAN,
  text: VARCHAR,
  bytes: BLOB,
  'text[]': LIST(VARCHAR),
  'int32[]': LIST(INTEGER),
  'int64[]': LIST(BIGINT),
  'double[]': LIST(DOUBLE),
  'bool[]': LIST(BOOLEAN),
};
