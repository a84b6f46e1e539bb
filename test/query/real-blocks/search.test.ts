/**
 * Searches of real blocks, whose words and shapes are those of the traces that a real Tempo stored: the engine, from the
 * block to the answer, finds what the oracle finds in the same traces read the slow way.
 *
 * BETRACE_QUERIES=all asks every query of every block.
 */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadQuery } from '../../../engine/language/link/load-query.js';
import { planSearch } from '../../../engine/plan/search.js';
import { search } from '../../../engine/query/search.js';
import { tempoAnswers } from '../../conformance/answers.js';
import { aRealSearch } from '../../support/arbitrary/real-query.js';
import { openRealBlocks, queryLines, type RealBlocks } from '../../support/real-blocks.js';
import { runs } from '../../support/runs.js';
import { oracleSearch, outcomeOf, type SearchOutcome } from '../../support/search-evaluation.js';

const all = process.env.BETRACE_QUERIES === 'all';

/** Of so many queries one is asked, and of so many traces one is looked at. */
const BLOCKS = [
  ['conf-v5', all ? 1 : 10, 1],
  ['shop-v5', all ? 1 : 100, all ? 2 : 20],
  ['shop-v4', all ? 1 : 100, all ? 2 : 20],
] as const;

const queries = [
  ...queryLines(readFileSync(new URL('searches.txt', import.meta.url), 'utf8')),
  ...[...tempoAnswers().keys()].filter((text) => loadQuery(text).query?.kind === 'search'),
];

/** Numbers of siblings follow the order in which they were stored, which the oracle does not know. */
function withoutNumbers(outcome: SearchOutcome): unknown {
  const text = JSON.stringify(outcome, Object.keys(outcome).length === 0 ? undefined : replaceNumbers);
  return JSON.parse(text);
}

function replaceNumbers(_: string, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  return value.replace(/(nestedSet(?:Left|Right|Parent)\)?=int )[1-9]\d*/g, '$1n');
}

/** By both; undefined where the query is refused. */
async function compared(text: string, { stored, traces }: RealBlocks) {
  const { query } = loadQuery(text);
  if (query?.kind !== 'search') return undefined;
  const plan = planSearch(query.pipeline);
  const { traces: found } = await search({ ...stored, plan, limit: 1_000_000, spansPerSpanset: 1_000_000 });
  const known = new Set(traces.map(({ traceId }) => traceId));
  const engine = outcomeOf(
    found.filter(({ traceId }) => known.has(traceId)),
    plan,
  );
  return {
    engine: withoutNumbers(engine),
    oracle: withoutNumbers(oracleSearch(query.pipeline, traces)),
  };
}

it('there are hundreds of queries, none of them refused', () => {
  expect(queries.length).toBeGreaterThan(500);
  const refused = queries.filter((text) => loadQuery(text).query === undefined);
  expect(refused).toEqual([]);
});

describe.each(BLOCKS)('searches of %s', (name, everyQuery, everyTrace) => {
  let blocks: RealBlocks;
  beforeAll(async () => {
    blocks = await openRealBlocks(name, everyTrace);
  });
  afterAll(async () => {
    await blocks.close();
  });

  it.each(queries.filter((_, n) => n % everyQuery === 0))('%s', async (text) => {
    const answers = await compared(text, blocks);
    expect(answers?.engine).toEqual(answers?.oracle);
  });

  it('find what the oracle finds, whatever is asked', async () => {
    await fc.assert(
      fc.asyncProperty(aRealSearch, async (text) => {
        const answers = await compared(text, blocks);
        expect(answers?.engine).toEqual(answers?.oracle);
      }),
      { numRuns: name === 'conf-v5' || all ? runs(12) : runs(2) },
    );
  }, 1_200_000);
});
