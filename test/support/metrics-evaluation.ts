import fc from 'fast-check';
import type { MetricsExpression } from '../../engine/language/tree/ast-query.js';
import type { Trace } from '../../engine/otlp/model.js';
import type { ResultValue } from '../../engine/otlp/named-value.js';
import { planMetrics } from '../../engine/plan/lower/lower-metrics.js';
import { evaluateSeries } from '../../engine/query/metrics/evaluate.js';
import { instantGrid, rangeGrid } from '../../engine/query/metrics/grid.js';
import { evaluateSelections } from '../../engine/query/metrics/selections.js';
import { toSeries } from '../../engine/query/metrics/series.js';
import type { Series } from '../../engine/query/metrics-result.js';
import type { StoredRun } from '../../engine/spans/stored-run.js';
import type { ExemplarsWanted } from '../../engine/sql/compile/metrics/metrics-exemplars.js';
import { loadTraces } from '../../engine/sql/relations/load.js';
import type { Store } from '../../engine/sql/store/store.js';
import { nameOfField } from './arbitrary/metrics.js';
import { EPOCH, TICK } from './arbitrary/spans.js';
import { edgesOf, evaluateMetrics, type OracleRange } from './oracle/metrics.js';
import { identity, NIL } from './oracle/values.js';
import { inUnits } from './units.js';

/** The value of a label in the words of the oracle, which tell types apart. */
export function resultIdentity(value: ResultValue): string {
  if (value === null) return identity(NIL);
  if (typeof value === 'bigint') return `int ${value}`;
  if (typeof value === 'number') return `double ${value}`;
  if (typeof value === 'string') return `string ${value}`;
  if (typeof value === 'boolean') return `bool ${value}`;
  return `array ${JSON.stringify(value.map(resultIdentity))}`;
}

/** What a query is asked about, in ticks. */
export const ranges: fc.Arbitrary<OracleRange> = fc
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
export async function engineSeries(
  db: Store,
  expression: MetricsExpression,
  traces: readonly Trace[],
  { from, to, step }: OracleRange,
  { units = 1, exemplars }: { readonly units?: number; readonly exemplars?: ExemplarsWanted } = {},
): Promise<readonly Series[]> {
  const plan = planMetrics({ kind: 'metrics', expression, hints: [], range: { start: 0, end: 0 } });
  const grid = step === undefined ? instantGrid(from, to) : rangeGrid(from, to, step);
  const columns = await loadTraces(db, traces, plan.needs);
  const forEachUnit: StoredRun['forEachUnit'] =
    units === 1 ? async (evaluate) => await evaluate(false) : inUnits(db, units);
  const jobs = plan.selections.map((selection) => ({ plan: selection, grid }));
  const selections = await evaluateSelections([{ db, columns, forEachUnit }], plan, jobs, {
    ...(exemplars ? { exemplars } : {}),
  });
  return toSeries(evaluateSeries(plan.series, selections), grid);
}

type Answer = Readonly<Record<string, readonly (number | null)[]>>;

export function engineAnswer(series: readonly Series[], range: OracleRange): Answer {
  const stamps = edgesOf(range).map((edge) => Number(edge / 1_000_000n));
  return Object.fromEntries(
    series.map(({ labels, samples }) => [
      JSON.stringify(labels.map(({ name, value }) => [name, resultIdentity(value)])),
      stamps.map((stamp) => rounded(samples.find(({ timeMs }) => timeMs === stamp)?.value)),
    ]),
  );
}

export function oracleAnswer(
  expression: MetricsExpression,
  traces: readonly Trace[],
  range: OracleRange,
): Answer {
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
