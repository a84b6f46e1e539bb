/** Searches in ClickHouse's dialect against the oracle: random ones over random traces find the same spansets, values and fields of spans. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClickHouseStore } from '../../../engine/sql/dialects/clickhouse/store.js';
import { aPipeline } from '../../support/arbitrary/pipeline.js';
import { someTraces } from '../../support/arbitrary/trace.js';
import { runs } from '../../support/runs.js';
import { compiledSearch, oracleSearch } from '../../support/search-evaluation.js';
import { hasChdb, openChdb } from './chdb.js';

describe.skipIf(!hasChdb)('searches in ClickHouse', () => {
  let db: ClickHouseStore;
  beforeAll(async () => {
    db = await openChdb();
  });
  afterAll(() => db.close());

  it('find what the oracle finds', async () => {
    await fc.assert(
      fc.asyncProperty(aPipeline, someTraces, async (query, traces) => {
        expect(await compiledSearch(db, query, traces)).toEqual(oracleSearch(query, traces));
      }),
      { numRuns: runs(8) },
    );
  });
});
