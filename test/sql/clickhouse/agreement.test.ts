/**
 * The compiler in ClickHouse's dialect against the oracle: random rules over random traces give the same verdicts, or are refused. `database.test.ts`
 * of the folder above and `agreement.test.ts` ask the same of DuckDB.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { valuesOf } from '../../../engine/otlp/attributes.js';
import type { Attributes, Trace } from '../../../engine/otlp/model.js';
import type { ClickHouseStore } from '../../../engine/sql/dialects/clickhouse/store.js';
import { Uncovered } from '../../../engine/sql/dialects/clickhouse/uncovered.js';
import { aRule } from '../../support/arbitrary/rule.js';
import { someTraces } from '../../support/arbitrary/trace.js';
import { compiledOutcomes, oracleOutcomes } from '../../support/evaluation.js';
import { runs } from '../../support/runs.js';
import { hasChdb, openChdb } from './chdb.js';

/** Arrays, and keys that are there several times, are refused: without them more of the rules are answered. */
function plain(traces: readonly Trace[]): readonly Trace[] {
  const simple = (attributes: Attributes): Attributes =>
    new Map(
      [...attributes].filter(([, held]) => {
        const values = valuesOf(held);
        return values.length === 1 && typeof values[0] !== 'object';
      }),
    );
  return traces.map((trace) => ({
    ...trace,
    spans: trace.spans.map((span) => ({
      ...span,
      attributes: simple(span.attributes),
      resource: simple(span.resource),
      scope: { ...span.scope, attributes: simple(span.scope.attributes) },
      events: span.events.map((event) => ({ ...event, attributes: simple(event.attributes) })),
      links: span.links.map((link) => ({ ...link, attributes: simple(link.attributes) })),
    })),
  }));
}

describe.skipIf(!hasChdb)('rules in ClickHouse', () => {
  let db: ClickHouseStore;
  beforeAll(async () => {
    db = await openChdb();
  });
  afterAll(() => db.close());

  it('give the verdicts of the oracle, or none', async () => {
    const answered = { yes: 0, no: 0 };
    await fc.assert(
      fc.asyncProperty(aRule, someTraces.map(plain), async (rule, traces) => {
        const found = await compiledOutcomes(db, [rule], traces).catch((error: unknown) => {
          // A rule that the database refuses has a problem of its own, and no verdicts.
          if (error instanceof Uncovered || /: the database refused it: /.test(String(error)))
            return undefined;
          throw error;
        });
        answered[found === undefined ? 'no' : 'yes']++;
        if (found !== undefined) expect(found).toEqual(oracleOutcomes([rule], traces));
      }),
      { numRuns: runs(25) },
    );
    expect(answered.yes).toBeGreaterThan(answered.no / 4);
  }, 300_000);
});
