/**
 * DuckDB's client. It is CommonJS: an `import` would read every file of it a first time only to find the names that it exports, which
 * takes longer than to load it.
 */
import { createRequire } from 'node:module';

const client = createRequire(import.meta.url)('@duckdb/node-api') as typeof import('@duckdb/node-api');

export const { BIGINT, BLOB, BOOLEAN, DOUBLE, HUGEINT, INTEGER, LIST, TINYINT, VARCHAR } = client;
export const { blobValue, DuckDBDataChunk, DuckDBInstance, listValue } = client;
