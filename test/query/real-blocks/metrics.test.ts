/**
 * Metrics of real blocks: the engine, from the block to the series, gives the series of the oracle, also on grids whose
 * range and step are no round numbers.
 *
 * BETRACE_QUERIES=all asks every query on every grid.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadQuery } from '../../../engine/language/link/load-query.js';
import { printField } from '../../../engine/language/print/print.js';
import { planMetrics } from '../../../engine/plan/lower/lower-metrics.js';
import { queryInstant, queryRange } from '../../../engine/query/metrics.js';
import type { Series } from '../../../engine/query/metrics-result.js';
import { tempoAnswers } from '../../conformance/answers.js';
import { resultIdentity } from '../../support/metrics-evaluation.js';
import { edgesOf, evaluateMetrics, type OracleRange } from '../../support/oracle/metrics.js';
import { openRealBlocks, queryLines, type RealBlocks } from '../../support/real-blocks.js';

const all = process.env.BETRACE_QUERIES === 'all';

const SECOND = 1_000_000_000n;
const from = 1_795_132_000n * SECOND;
const to = 1_795_220_000n * SECOND;
const RANGES: readonly (readonly [string, OracleRange])[] = [
  ['the grid of the recorded answers', { from, to, step: 10_800n * SECOND }],
  ['an odd grid', { from: from + 777n, to: to - 12_345_678n, step: 7_000n * SECOND + 1_000_000n }],
  ['one interval', { from: from + 40_000n * SECOND, to: from + 60_000n * SECOND }],
  [
    'a range of one step',
    { from: from + 30_000n * SECOND, to: from + 37_200n * SECOND, step: 7_200n * SECOND },
  ],
  ['a fine grid', { from: from + 30_000n * SECOND, to: from + 31_000n * SECOND, step: 13n * SECOND }],
];

/** The oracle does not compare. */
const queries = [
  ...queryLines(readFileSync(new URL('metrics.txt', import.meta.url), 'utf8')),
  ...[...tempoAnswers().keys()].filter((text) => loadQuery(text).query?.kind === 'metrics'),
].filter((text) => !text.includes('compare('));

let blocks: RealBlocks;
beforeAll(async () => {
  blocks = await openRealBlocks('conf-v5', 1);
});
afterAll(async () => {
  await blocks.close();
});

async function seriesOf(text: string, range: OracleRange) {
  const { query } = loadQuery(text);
  if (query?.kind !== 'metrics') throw new Error(`${text} is refused`);
  const options = {
    ...blocks.stored,
    plan: planMetrics(query),
    fromNs: range.from,
    toNs: range.to,
    exemplars: 0,
  };
  const { series } =
    range.step === undefined
      ? await queryInstant(options)
      : await queryRange({ ...options, stepNs: range.step });
  return { engine: engineAnswer(series, range), oracle: oracleAnswer(query, range) };
}

function engineAnswer(series: readonly Series[], range: OracleRange): unknown {
  const stamps = edgesOf(range).map((edge) => Number(edge / 1_000_000n));
  return Object.fromEntries(
    series.map(({ labels, samples }) => {
      const values = new Map(samples.map(({ timeMs, value }) => [timeMs, value]));
      return [
        JSON.stringify(labels.map(({ name, value }) => [name, resultIdentity(value)])),
        stamps.map((stamp) => rounded(values.get(stamp))),
      ];
    }),
  );
}

function oracleAnswer(
  { expression }: { readonly expression: Parameters<typeof evaluateMetrics>[0] },
  range: OracleRange,
): unknown {
  return Object.fromEntries(
    evaluateMetrics(expression, blocks.traces, range, printField).map(({ labels, values }) => [
      JSON.stringify(labels.map(({ name, value }) => [name, value])),
      values.map(rounded),
    ]),
  );
}

/** To nine digits: sums come in another order. */
function rounded(value: number | undefined): number | null {
  return value === undefined ? null : Number(value.toPrecision(9));
}

describe.each(RANGES)('metrics on %s', (name, range) => {
  const number = RANGES.findIndex(([other]) => other === name);
  it.each(queries.filter((_, n) => all || n % RANGES.length === number))('%s', async (text) => {
    const { engine, oracle } = await seriesOf(text, range);
    expect(engine).toEqual(oracle);
  });
});
