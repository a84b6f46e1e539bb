/**
 * Metrics against the oracle: random queries over random traces give the same series by both, whatever the order, the
 * fragments, the copies and the units in which the spans arrive.
 */

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { MetricsExpression } from '../../../engine/language/tree/ast-query.js';
import type { Trace } from '../../../engine/otlp/model.js';
import { planMetrics } from '../../../engine/plan/lower/lower-metrics.js';
import { evaluateSeries } from '../../../engine/query/metrics/evaluate.js';
import { sampleOf } from '../../../engine/query/metrics/exemplars.js';
import { instantGrid, rangeGrid } from '../../../engine/query/metrics/grid.js';
import { evaluateSelections } from '../../../engine/query/metrics/selections.js';
import { toSeries } from '../../../engine/query/metrics/series.js';
import type { Series } from '../../../engine/query/metrics-result.js';
import type { ExemplarsWanted } from '../../../engine/sql/compile/metrics/metrics-exemplars.js';
import { Database } from '../../../engine/sql/dialects/duckdb/database.js';
import { loadTraces } from '../../../engine/sql/relations/load.js';
import { aMetricsExpression, nameOfField } from '../../support/arbitrary/metrics.js';
import { EPOCH, TICK } from '../../support/arbitrary/spans.js';
import { disturbed, someTraces } from '../../support/arbitrary/trace.js';
import { resultIdentity } from '../../support/metrics-evaluation.js';
import { edgesOf, evaluateMetrics, type OracleRange } from '../../support/oracle/metrics.js';
import { runs } from '../../support/runs.js';
import { inUnits } from '../../support/units.js';

let db: Database;
beforeAll(async () => {
  db = await Database.open({ threads: 1 });
});
afterAll(() => {
  db.close();
});

const ranges: fc.Arbitrary<OracleRange> = fc
  .record({
    from: fc.integer({ min: -3, max: 6 }),
    length: fc.integer({ min: 1, max: 12 }),
    step: fc.option(fc.constantFrom(1n, 2n, 3n, 5n), { nil: undefined }),
  })
  .map(({ from, length, step }) => ({
    from: EPOCH + BigInt(from) * TICK,
    to: EPOCH + BigInt(from + length) * TICK,
    ...(step === undefined ? {} : { step: step * TICK }),
  }));

/** The traces come in as many units, each of which has some of them whole. */
async function engineSeries(
  expression: MetricsExpression,
  traces: readonly Trace[],
  { from, to, step }: OracleRange,
  { units = 1, exemplars }: { readonly units?: number; readonly exemplars?: ExemplarsWanted } = {},
): Promise<readonly Series[]> {
  const plan = planMetrics({ kind: 'metrics', expression, hints: [], range: { start: 0, end: 0 } });
  const grid = step === undefined ? instantGrid(from, to) : rangeGrid(from, to, step);
  const columns = await loadTraces(db, traces, plan.needs);
  const forEachUnit = inUnits(db, units);
  const jobs = plan.selections.map((selection) => ({ plan: selection, grid }));
  const selections = await evaluateSelections({ db, columns, forEachUnit }, plan, jobs, {
    ...(exemplars ? { exemplars } : {}),
  });
  return toSeries(evaluateSeries(plan.series, selections), grid);
}

type Answer = Readonly<Record<string, readonly (number | null)[]>>;

function engineAnswer(series: readonly Series[], range: OracleRange): Answer {
  const stamps = edgesOf(range).map((edge) => Number(edge / 1_000_000n));
  return Object.fromEntries(
    series.map(({ labels, samples }) => [
      JSON.stringify(labels.map(({ name, value }) => [name, resultIdentity(value)])),
      stamps.map((stamp) => rounded(samples.find(({ timeMs }) => timeMs === stamp)?.value)),
    ]),
  );
}

function oracleAnswer(expression: MetricsExpression, traces: readonly Trace[], range: OracleRange): Answer {
  return Object.fromEntries(
    evaluateMetrics(expression, traces, range, nameOfField).map(({ labels, values }) => [
      JSON.stringify(labels.map(({ name, value }) => [name, value])),
      values.map(rounded),
    ]),
  );
}

/** To ten digits: sums come in another order. */
function rounded(value: number | undefined): number | null {
  return value === undefined ? null : Number(value.toPrecision(10));
}

describe('metrics', () => {
  it('give the series of the oracle', async () => {
    await fc.assert(
      fc.asyncProperty(aMetricsExpression, someTraces, ranges, async (expression, traces, range) => {
        const series = await engineSeries(expression, traces, range);
        expect(engineAnswer(series, range)).toEqual(oracleAnswer(expression, traces, range));
      }),
      { numRuns: runs(40) },
    );
  }, 600_000);

  it('give the same series for any order, fragments, copies and units', async () => {
    const delivered = someTraces.chain((traces) => fc.tuple(fc.constant(traces), disturbed(traces)));
    await fc.assert(
      fc.asyncProperty(
        aMetricsExpression,
        delivered,
        ranges,
        async (expression, [traces, fragments], range) => {
          const plain = engineAnswer(await engineSeries(expression, traces, range), range);
          expect(engineAnswer(await engineSeries(expression, fragments, range), range)).toEqual(plain);
          expect(engineAnswer(await engineSeries(expression, fragments, range, { units: 3 }), range)).toEqual(
            plain,
          );
        },
      ),
      { numRuns: runs(12) },
    );
  }, 600_000);

  it('show the same exemplars whatever the units, of traces that are all different', async () => {
    await fc.assert(
      fc.asyncProperty(aMetricsExpression, someTraces, ranges, async (expression, traces, range) => {
        const whole = await engineSeries(expression, traces, range, { exemplars: sampleOf(100) });
        const sampled = sampleOf(100, { spans: 1, traces: 2 });
        const apart = await engineSeries(expression, traces, range, { units: 3, exemplars: sampled });
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
  }, 600_000);
});
