/** Metrics in ClickHouse's dialect against the oracle: random queries over random traces give the same series. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClickHouseStore } from '../../../engine/sql/dialects/clickhouse/store.js';
import { aMetricsExpression } from '../../support/arbitrary/metrics.js';
import { someTraces } from '../../support/arbitrary/trace.js';
import { engineAnswer, engineSeries, oracleAnswer, ranges } from '../../support/metrics-evaluation.js';
import { runs } from '../../support/runs.js';
import { hasChdb, openChdb } from './chdb.js';

describe.skipIf(!hasChdb)('metrics in ClickHouse', () => {
  let db: ClickHouseStore;
  beforeAll(async () => {
    db = await openChdb();
  });
  afterAll(() => db.close());

  it('give the series of the oracle', async () => {
    await fc.assert(
      fc.asyncProperty(aMetricsExpression, someTraces, ranges, async (expression, traces, range) => {
        const series = await engineSeries(db, expression, traces, range);
        expect(engineAnswer(series, range)).toEqual(oracleAnswer(expression, traces, range));
      }),
      { numRuns: runs(8) },
    );
  });
});
