/** What looking one trace up by its id costs. */

import { join } from 'node:path';
import { listBlocks } from '../../engine/blocks/listing/block-list.js';
import type { Tenant } from '../../engine/blocks/listing/tenants.js';
import type { Storage } from '../../engine/blocks/storage.js';
import { BlockFiles } from '../../engine/blocks/trace/block-files.js';
import { findTrace } from '../../engine/query/trace-by-id.js';
import { Database } from '../../engine/sql/dialects/duckdb/database.js';
import { plainSql } from '../support/plain-sql.js';

export interface LookupTimes {
  /** Milliseconds: the first look-up of all, and the median of those after it, each of another trace. */
  readonly cold: number;
  readonly warm: number;
  /** Bytes read for each of them, about. */
  readonly bytes: number;
}

const TRACES = 200;

export async function measureLookup(storage: Storage, tenant: Tenant, root: string): Promise<LookupTimes> {
  const list = await listBlocks(storage, tenant);
  const db = await Database.open({});
  const paths = list.blocks.map(({ dataPath }) => `'${join(root, dataPath).replaceAll("'", "''")}'`);
  const rows = await db.rows(
    plainSql(
      `SELECT TraceID FROM read_parquet([${paths.join(', ')}]) ORDER BY hash(TraceID) LIMIT ${TRACES}`,
    ),
  );
  db.close();
  const files = new BlockFiles(storage);
  const blocks = { list: () => Promise.resolve(list) };
  const times: number[] = [];
  let bytes = 0;
  for (const [id] of rows) {
    if (!(id instanceof Uint8Array)) continue;
    const start = performance.now();
    bytes += (await findTrace({ tenant, blocks, files }, id)).inspected.bytes;
    times.push(performance.now() - start);
  }
  const [cold = 0, ...others] = times;
  return {
    cold,
    warm: others.sort((a, b) => a - b)[Math.floor(others.length / 2)] ?? 0,
    bytes: bytes / times.length,
  };
}
