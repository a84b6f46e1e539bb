/** A block of many row groups is read as one of a few, by the fast reader. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { flatPaths } from '../../../engine/blocks/cache/cache-entry.js';
import { flattenBlock } from '../../../engine/blocks/flatten/flatten.js';
import { listBlocks } from '../../../engine/blocks/listing/block-list.js';
import { findTenants } from '../../../engine/blocks/listing/tenants.js';
import { localStorage } from '../../../engine/blocks/storage-local.js';
import type { ColumnNeeds } from '../../../engine/plan/schema.js';
import { Database } from '../../../engine/sql/dialects/duckdb/database.js';
import { SMALL_BLOCKS } from '../../bench/blocks.js';
import { repeatRowGroups } from '../../bench/row-groups.js';
import { plainSql } from '../../support/plain-sql.js';

const COPIES = 20;
const NEEDS: ColumnNeeds = {
  spans: ['duration_ns', 'name', 'span_id'],
  spanAttributes: [{ scope: 'resource', key: 'service.name' }],
};

it('has the rows of each, numbered one after the other', async () => {
  const work = mkdtempSync(join(tmpdir(), 'betrace-row-groups-'));
  const db = await Database.open({});
  onTestFinished(() => {
    db.close();
    rmSync(work, { recursive: true, force: true });
  });
  const read = async (copies: number): Promise<readonly (readonly unknown[])[]> => {
    const root = join(work, `blocks-${copies}`);
    repeatRowGroups(SMALL_BLOCKS, copies, root);
    const storage = localStorage(root);
    const { tenants } = await findTenants(storage);
    const { blocks } = await listBlocks(storage, tenants[0]!);
    const folder = mkdtempSync(join(work, 'flat-'));
    const onFallback = (reason: string): void => expect.unreachable(reason);
    const flat = await flattenBlock(storage, blocks[0]!, NEEDS, flatPaths(folder), { onFallback });
    return await db.rows(
      plainSql(`SELECT count(*), count(DISTINCT trace), max(trace) + 1, sum(duration_ns), sum(length(name)),
        (SELECT count(DISTINCT trace_id) FROM read_parquet('${flat.traces}')) FROM read_parquet('${flat.spans}')`),
    );
  };
  const [once] = await read(1);
  const [many] = await read(COPIES);
  expect(many!.map(Number)).toEqual(once!.map((figure) => Number(figure) * COPIES));
});
