/** The compiler against the oracle: searches over odd traces find the same spansets, values and fields of spans by both. */

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Trace } from '../../engine/otlp/model.js';
import { planSearch } from '../../engine/plan/search.js';
import { searchRun } from '../../engine/query/search.js';
import type { StoredRun } from '../../engine/spans/stored-run.js';
import { AttributeColumns } from '../../engine/sql/compile/attribute-columns.js';
import { Database } from '../../engine/sql/dialects/duckdb/database.js';
import { loadTraces } from '../../engine/sql/relations/load.js';
import { filter, pipeline } from '../support/arbitrary/build.js';
import { enumeratedFilters, enumeratedTrace } from '../support/arbitrary/enumerated.js';
import { aPipeline } from '../support/arbitrary/pipeline.js';
import { span, traceId } from '../support/arbitrary/spans.js';
import { fragmented, someTraces } from '../support/arbitrary/trace.js';
import { plainSql } from '../support/plain-sql.js';
import { runs } from '../support/runs.js';
import { compiledSearch, compiledSearches, oracleSearch } from '../support/search-evaluation.js';

let db: Database;
beforeAll(async () => {
  db = await Database.open({ threads: 1 });
});
afterAll(() => {
  db.close();
});

describe('searches', () => {
  it('find what the oracle finds', async () => {
    await fc.assert(
      fc.asyncProperty(aPipeline, someTraces, async (query, traces) => {
        expect(await compiledSearch(db, query, traces)).toEqual(oracleSearch(query, traces));
      }),
      { numRuns: runs(40) },
    );
  });

  it('find the same in traces that come in fragments', async () => {
    const inFragments = someTraces.chain((traces) => fc.tuple(fc.constant(traces), fragmented(traces)));
    await fc.assert(
      fc.asyncProperty(aPipeline, inFragments, async (query, [traces, fragments]) => {
        expect(await compiledSearch(db, query, fragments)).toEqual(oracleSearch(query, traces));
      }),
      { numRuns: runs(15) },
    );
  });

  it('find the same spans by every operator, type, scope and kind of value', async () => {
    const differing: unknown[] = [];
    // Predicates are compiled as those of rules, for which `test/exhaustive/enumerated` tries them all.
    const filters = enumeratedFilters.filter((_, n) => n % 8 === 0);
    for (let from = 0; from < filters.length; from += 60) {
      const some = filters.slice(from, from + 60);
      const queries = some.map((enumerated) => pipeline(enumerated.filter));
      const found = await compiledSearches(db, queries, [enumeratedTrace]);
      for (const [n, { title }] of some.entries()) {
        const expected = oracleSearch(queries[n]!, [enumeratedTrace]);
        if (JSON.stringify(found[n]) !== JSON.stringify(expected))
          differing.push({ title, found: found[n], expected });
      }
    }
    expect(filters.length).toBeGreaterThan(150);
    expect(differing).toEqual([]);
  });

  it('are the newest of all units', async () => {
    const plan = planSearch(pipeline(filter()));
    const columns = new AttributeColumns(plan.needs, () => ['s']);
    const traceAt = (number: number, ticks: number): Trace => ({
      traceId: traceId(number),
      spans: [span(1, undefined, { at: ticks })],
    });
    const units = [
      [traceAt(1, 5), traceAt(2, 1)],
      [traceAt(3, 9), traceAt(4, 1)],
      [traceAt(5, 1), traceAt(6, 5)],
    ];
    const run: StoredRun = {
      db,
      columns,
      traces: 6,
      spans: 6,
      blocks: { read: 0, bytes: 0, unread: [], warnings: [] },
      forEachUnit: async (evaluate) => {
        for (const traces of units) {
          await loadTraces(db, traces, plan.needs);
          await evaluate(false);
        }
      },
      allTraces: plainSql(`traces`),
      countSpans: () => Promise.reject(new Error('not asked')),
      spansNear: () => plainSql(`SELECT * FROM spans`),
      checkBlocks: async () => undefined,
    };
    for (const limit of [0, 1, 2, 3, 4, 10]) {
      const traces = await searchRun(run, { plan, limit, spansPerSpanset: 1 });
      expect(traces.map((trace) => Number(trace.traceId))).toEqual([3, 1, 6, 2, 4, 5].slice(0, limit));
    }
  });
});
