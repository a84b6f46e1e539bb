/** Exemplars: at most as many as are asked for, and of points that are shown. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadQuery } from '../../../engine/language/link/load-query.js';
import { planMetrics } from '../../../engine/plan/lower/lower-metrics.js';
import { evaluateSeries } from '../../../engine/query/metrics/evaluate.js';
import { sampleOf } from '../../../engine/query/metrics/exemplars.js';
import { rangeGrid } from '../../../engine/query/metrics/grid.js';
import { evaluateSelections } from '../../../engine/query/metrics/selections.js';
import { toSeries } from '../../../engine/query/metrics/series.js';
import type { ExemplarsWanted } from '../../../engine/sql/compile/metrics/metrics-exemplars.js';
import { Database } from '../../../engine/sql/dialects/duckdb/database.js';
import { loadTraces } from '../../../engine/sql/relations/load.js';
import { EPOCH, span, TICK, traceId } from '../../support/arbitrary/spans.js';

let db: Database;
beforeAll(async () => {
  db = await Database.open({ threads: 1 });
});
afterAll(() => db.close());

/** Of each interval of ten ticks the number of its spans, each in a trace of its own. */
const SPANS = [1, 4, 2, 5];
const TRACES = SPANS.flatMap((count, interval) =>
  Array.from({ length: count }, (_, n) => ({
    traceId: traceId(interval * 10 + n + 1),
    spans: [span(1, undefined, { name: n === 0 ? 'first' : 'other', at: interval * 10 + n + 1 })],
  })),
);

/** Looked at first, from so many spans on: all of them at once, or the first traces and then what they leave open. */
const SAMPLES = [
  { spans: 1000, traces: 1000 },
  { spans: 1, traces: 3 },
];

async function exemplarsOf(text: string, wanted = 100) {
  const [all, sampled] = [
    await exemplarsBy(text, sampleOf(wanted, SAMPLES[0])),
    await exemplarsBy(text, sampleOf(wanted, SAMPLES[1])),
  ];
  expect(sampled).toEqual(all);
  return all;
}

async function exemplarsBy(text: string, exemplars: ExemplarsWanted) {
  const { query } = loadQuery(text);
  if (query?.kind !== 'metrics') throw new Error(`no metrics query: ${text}`);
  const plan = planMetrics(query);
  const grid = rangeGrid(EPOCH, EPOCH + 40n * TICK, 10n * TICK);
  const columns = await loadTraces(db, TRACES, plan.needs);
  const run = {
    db,
    columns,
    forEachUnit: (evaluate: (canSplit: boolean) => Promise<void>) => evaluate(false),
  };
  const jobs = plan.selections.map((selection) => ({ plan: selection, grid }));
  const selections = await evaluateSelections([run], plan, jobs, { exemplars });
  const series = toSeries(evaluateSeries(plan.series, selections), grid);
  const intervalOf = (timeMs: number) => Math.floor((timeMs - Number(EPOCH / 1_000_000n) - 1) / 10);
  return series.flatMap(({ exemplars }) => exemplars.map(({ timeMs }) => intervalOf(timeMs)));
}

it.each([1, 2, 3, 5, 7])('are at most %i where so many are asked for', async (wanted) => {
  const found = await exemplarsOf('{ } | count_over_time()', wanted);
  expect(found.length).toBeGreaterThan(0);
  expect(found.length).toBeLessThanOrEqual(wanted);
});

it('of points that fail a threshold are left out', async () => {
  const all = await exemplarsOf('{ } | count_over_time()');
  expect(new Set(all)).toEqual(new Set([0, 1, 2, 3]));
  const over = await exemplarsOf('{ } | count_over_time() > 3');
  expect(over).toEqual(all.filter((interval) => interval === 1 || interval === 3));
  // Whatever the series has been through before: its points decide.
  expect(await exemplarsOf('({ } | count_over_time()) * 100 <= 200')).toEqual(
    all.filter((interval) => interval === 0 || interval === 2),
  );
});

it('of points that are not among the greatest are left out', async () => {
  const found = await exemplarsOf('{ } | count_over_time() by (name) | topk(1)');
  // One span called `first` in each interval; of the others none in the first, one or more than it later.
  expect(found.filter((interval) => interval === 0)).toHaveLength(1);
  expect(new Set(found)).toEqual(new Set([0, 1, 2, 3]));
  const all = await exemplarsOf('{ } | count_over_time() by (name)');
  expect(found.length).toBeLessThan(all.length);
});
