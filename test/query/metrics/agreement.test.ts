/**
 * Metrics against the oracle: random queries over random traces give the same series by both, whatever the order, the
 * fragments, the copies and the units in which the spans arrive.
 */

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleOf } from '../../../engine/query/metrics/exemplars.js';
import type { Series } from '../../../engine/query/metrics-result.js';
import { Database } from '../../../engine/sql/dialects/duckdb/database.js';
import { aMetricsExpression } from '../../support/arbitrary/metrics.js';
import { disturbed, someTraces } from '../../support/arbitrary/trace.js';
import { engineAnswer, engineSeries, oracleAnswer, ranges } from '../../support/metrics-evaluation.js';
import { runs } from '../../support/runs.js';

let db: Database;
beforeAll(async () => {
  db = await Database.open({ threads: 1 });
});
afterAll(() => {
  db.close();
});

describe('metrics', () => {
  it('give the series of the oracle', async () => {
    await fc.assert(
      fc.asyncProperty(aMetricsExpression, someTraces, ranges, async (expression, traces, range) => {
        const series = await engineSeries(db, expression, traces, range);
        expect(engineAnswer(series, range)).toEqual(oracleAnswer(expression, traces, range));
      }),
      { numRuns: runs(40) },
    );
  });

  it('give the same series for any order, fragments, copies and units', async () => {
    const delivered = someTraces.chain((traces) => fc.tuple(fc.constant(traces), disturbed(traces)));
    await fc.assert(
      fc.asyncProperty(
        aMetricsExpression,
        delivered,
        ranges,
        async (expression, [traces, fragments], range) => {
          const plain = engineAnswer(await engineSeries(db, expression, traces, range), range);
          expect(engineAnswer(await engineSeries(db, expression, fragments, range), range)).toEqual(plain);
          expect(
            engineAnswer(await engineSeries(db, expression, fragments, range, { units: 3 }), range),
          ).toEqual(plain);
        },
      ),
      { numRuns: runs(12) },
    );
  });

  it('show the same exemplars whatever the units, of traces that are all different', async () => {
    await fc.assert(
      fc.asyncProperty(aMetricsExpression, someTraces, ranges, async (expression, traces, range) => {
        const whole = await engineSeries(db, expression, traces, range, { exemplars: sampleOf(100) });
        const sampled = sampleOf(100, { spans: 1, traces: 2 });
        const apart = await engineSeries(db, expression, traces, range, { units: 3, exemplars: sampled });
        const shown = (series: readonly Series[]) =>
          series.map(({ labels, exemplars }) => [
            labels,
            exemplars.map(({ traceId, timeMs }) => [traceId, timeMs]),
          ]);
        expect(shown(apart)).toEqual(shown(whole));
        if (expression.kind === 'selection')
          for (const { exemplars } of whole)
            expect(new Set(exemplars.map(({ traceId }) => traceId)).size).toBe(exemplars.length);
      }),
      { numRuns: runs(12) },
    );
  });
});
