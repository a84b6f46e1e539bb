/**
 * Every query of test/fixtures/conformance over the traces that a real Tempo answered it on: the same traces, spansets,
 * counts, span ids, group attributes, series and refusals; and over blocks that ClickHouse reads where they are, what DuckDB answers.
 *
 * `roster.txt` lists the queries that pass. It may only grow: a query that passes has to be on it.
 */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClickHouseStore } from '../../engine/sql/dialects/clickhouse/store.js';
import { byDatabase, hasChdb, openChdb } from '../sql/clickhouse/chdb.js';
import { type Answer, tempoAnswers, totalsOf } from './answers.js';
import { type Asker, openAsker } from './ask.js';
import { deviations } from './deviations.js';
import { ordered, rounded } from './ordered.js';

const tempo = tempoAnswers();
const own = deviations();
const roster = new Set(
  readFileSync(new URL('roster.txt', import.meta.url), 'utf8')
    .split('\n')
    .filter((line) => line !== ''),
);

let asker: Asker;
beforeAll(async () => {
  asker = await openAsker();
});
afterAll(async () => {
  await asker.close();
});

/** By query: what is compared with Tempo's answer is compared with that of another database, too. */
const answers = new Map<string, Promise<Answer>>();
async function ask(query: string): Promise<Answer> {
  const answer = answers.get(query) ?? asker.ask(query);
  answers.set(query, answer);
  return await answer;
}

/** An answer as far as it is promised: in the form of the expected one, spansets in any order. */
function promised(answer: Answer, form: Answer): unknown {
  if (answer.kind === 'search' && 'traces' in answer) {
    if (form.kind === 'search' && 'totals' in form)
      return { kind: 'search', totals: totalsOf(answer.traces) };
    const sorted = answer.traces.map(({ id, sets }) => ({
      id,
      sets: [...sets].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
    }));
    return { kind: 'search', traces: sorted };
  }
  if (answer.kind === 'metrics') {
    const texts = answer.series.map(({ labels, samples }) =>
      JSON.stringify([Object.entries(labels), samples.map(([time, value]) => [time, rounded(value)])]),
    );
    return { ...answer, series: texts.sort() };
  }
  return answer;
}

describe('queries', () => {
  it.each([...tempo])('%s', async (query, tempos) => {
    const expected = own.get(query)?.answer ?? tempos;
    const answer = await ask(query);
    const [found, wanted] = [promised(answer, expected), promised(expected, expected)];
    if (roster.has(query)) expect(found).toEqual(wanted);
    else expect(found, 'it passes: put it on the roster').not.toEqual(wanted);
  });
});

describe.skipIf(!hasChdb)('queries in ClickHouse', () => {
  let db: ClickHouseStore;
  let nested: Asker;
  beforeAll(async () => {
    db = await openChdb();
    nested = await openAsker(undefined, (stored) => byDatabase(db, stored));
  });
  afterAll(async () => {
    await nested.close();
    db.close();
  });

  it.each([...tempo.keys()])('%s', async (query) => {
    expect(ordered(await nested.ask(query))).toEqual(ordered(await ask(query)));
  });
});

describe('the roster', () => {
  it('names queries of the file', () => {
    expect([...roster].filter((query) => !tempo.has(query))).toEqual([]);
  });

  it('does not shrink', () => {
    expect(roster.size).toBeGreaterThanOrEqual(192);
  });
});

describe('deviations', () => {
  it.each([...own])('%s is not answered as by Tempo', (query, { answer }) => {
    const tempos = tempo.get(query)!;
    expect(promised(answer, tempos)).not.toEqual(promised(tempos, tempos));
  });
});
