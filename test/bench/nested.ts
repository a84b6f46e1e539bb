/** What a block costs whose pages the fast reader does not know: DuckDB reads it as it is, part after part. */
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Database } from '../../engine/sql/dialects/duckdb/database.js';
import { stringLiteral } from '../../engine/sql/dialects/duckdb/literal.js';
import { plainSql } from '../support/plain-sql.js';
import { replayIn, shown } from './memory.js';
import { line } from './times.js';

/** Traces of a row group, of which there are many then. */
const ROWS = 2048;

export async function measureNested(directory: string): Promise<void> {
  const work = mkdtempSync(join(tmpdir(), 'betrace-nested-'));
  try {
    const groups = await writtenByDuckDb(directory, work);
    for (const memory of ['1GiB', '256MB']) {
      const { spans, ...measured } = await replayIn(work, { memory });
      line(
        `a block of ${spans} spans in ${groups} row groups, all columns optional; first run with --memory ${memory} ${shown(measured)}`,
      );
      rmSync(join(work, 'cache'), { recursive: true, force: true });
    }
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** The largest of the blocks as DuckDB writes it, all columns optional, as the only one of a tenant. Returns how many row groups it has. */
async function writtenByDuckDb(directory: string, into: string): Promise<number> {
  const tenant = join(directory, 'blocks', 'single-tenant');
  const sizeOf = (block: string): number => statSync(join(tenant, block, 'data.parquet')).size;
  const [largest] = readdirSync(tenant, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort((a, b) => sizeOf(b) - sizeOf(a));
  const from = join(tenant, largest!);
  const target = join(into, 'blocks', 'single-tenant', largest!);
  mkdirSync(target, { recursive: true });
  cpSync(join(from, 'meta.json'), join(target, 'meta.json'));
  const data = join(target, 'data.parquet');
  const db = await Database.open({ tempDirectory: join(into, 'tmp') });
  let groups: number;
  try {
    await db.run(
      plainSql(
        `SET preserve_insertion_order = true; COPY (FROM read_parquet(${stringLiteral(join(from, 'data.parquet'))})) TO ${stringLiteral(data)} (FORMAT parquet, COMPRESSION snappy, ROW_GROUP_SIZE ${ROWS})`,
      ),
    );
    const [row] = await db.rows(
      plainSql(`SELECT num_row_groups::INTEGER FROM parquet_file_metadata(${stringLiteral(data)})`),
    );
    groups = Number(row![0]);
  } finally {
    db.close();
  }
  const meta = JSON.parse(readFileSync(join(target, 'meta.json'), 'utf8')) as object;
  const bytes = readFileSync(data);
  const footerSize = bytes.readUInt32LE(bytes.length - 8);
  writeFileSync(join(target, 'meta.json'), JSON.stringify({ ...meta, size: bytes.length, footerSize }));
  return groups;
}
