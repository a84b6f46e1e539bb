/**
 * DuckDB's client. It is CommonJS, and an `import` of it would read every file of it twice, to find the names that it exports and then to run
 * it: a third of what a short command takes.
 */
import { createRequire } from 'node:module';

const client = createRequire(import.meta.url)('@duckdb/node-api') as typeof import('@duckdb/node-api');

export const { BIGINT, BLOB, BOOLEAN, DOUBLE, INTEGER, LIST, VARCHAR } = client;
export const { blobValue, DuckDBDataChunk, DuckDBInstance, listValue } = client;
