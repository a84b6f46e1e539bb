/** The compiler against the oracle: searches over odd traces find the same spansets, values and fields of spans by both. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Database } from '../../engine/sql/duckdb/database.js';
import { pipeline } from '../support/arbitrary/build.js';
import { enumeratedFilters, enumeratedTrace } from '../support/arbitrary/enumerated.js';
import { aPipeline } from '../support/arbitrary/pipeline.js';
import { fragmented, someTraces } from '../support/arbitrary/trace.js';
import { compiledSearch, oracleSearch } from '../support/search-evaluation.js';

let db: Database;
beforeAll(async () => {
  db = await Database.open({ threads: 2 });
});
afterAll(() => {
  db.close();
});

const runs = Number(process.env.BETRACE_RUNS ?? 150);

describe('searches', () => {
  it('find what the oracle finds', async () => {
    await fc.assert(
      fc.asyncProperty(aPipeline, someTraces, async (query, traces) => {
        expect(await compiledSearch(db, query, traces)).toEqual(oracleSearch(query, traces));
      }),
      { numRuns: runs },
    );
  }, 600_000);

  it('find the same in traces that come in fragments', async () => {
    const inFragments = someTraces.chain((traces) => fc.tuple(fc.constant(traces), fragmented(traces)));
    await fc.assert(
      fc.asyncProperty(aPipeline, inFragments, async (query, [traces, fragments]) => {
        expect(await compiledSearch(db, query, fragments)).toEqual(oracleSearch(query, traces));
      }),
      { numRuns: Math.ceil(runs / 3) },
    );
  }, 600_000);

  it('find the same spans by every operator, type, scope and kind of value', async () => {
    const differing: unknown[] = [];
    for (const { title, filter } of enumeratedFilters) {
      const query = pipeline(filter);
      const [found, expected] = [
        await compiledSearch(db, query, [enumeratedTrace]),
        oracleSearch(query, [enumeratedTrace]),
      ];
      if (JSON.stringify(found) !== JSON.stringify(expected)) differing.push({ title, found, expected });
    }
    expect(enumeratedFilters.length).toBeGreaterThan(300);
    expect(differing).toEqual([]);
  }, 600_000);
});
