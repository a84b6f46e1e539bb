/**
 * The compiler in ClickHouse's dialect against the oracle: random rules over random traces give the same verdicts. `agreement.test.ts` of the folder
 * above asks the same of DuckDB.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClickHouseStore } from '../../../engine/sql/dialects/clickhouse/store.js';
import { aRule } from '../../support/arbitrary/rule.js';
import { someTraces } from '../../support/arbitrary/trace.js';
import { compiledOutcomes, oracleOutcomes } from '../../support/evaluation.js';
import { runs } from '../../support/runs.js';
import { hasChdb, openChdb } from './chdb.js';

describe.skipIf(!hasChdb)('rules in ClickHouse', () => {
  let db: ClickHouseStore;
  beforeAll(async () => {
    db = await openChdb();
  });
  afterAll(() => db.close());

  it('give the verdicts of the oracle', async () => {
    await fc.assert(
      fc.asyncProperty(aRule, someTraces, async (rule, traces) => {
        expect(await compiledOutcomes(db, [rule], traces)).toEqual(oracleOutcomes([rule], traces));
      }),
      { numRuns: runs(8) },
    );
  });
});
