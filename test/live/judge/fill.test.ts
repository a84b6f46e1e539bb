/** Relations filled from OTLP requests hold what they hold when filled from plain traces. */

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fillRelations } from '../../../engine/live/judge/fill.js';
import type { Trace } from '../../../engine/otlp/model.js';
import { planRules } from '../../../engine/plan/lower/lower.js';
import { type ColumnNeeds, readsChildOf } from '../../../engine/plan/schema.js';
import { Database } from '../../../engine/sql/dialects/duckdb/database.js';
import { loadTraces } from '../../../engine/sql/relations/load.js';
import type { Store } from '../../../engine/sql/store/store.js';
import { aRule } from '../../support/arbitrary/rule.js';
import { span, trace } from '../../support/arbitrary/spans.js';
import { disturbed, someTraces } from '../../support/arbitrary/trace.js';
import { asResolved, compiledOutcomes, oracleOutcomes } from '../../support/evaluation.js';
import { plainSql } from '../../support/plain-sql.js';
import { runs } from '../../support/runs.js';
import { snapshotsOf } from './snapshots.js';

let live: Database;
let plain: Database;
beforeAll(async () => {
  live = await Database.open({ threads: 1 });
  plain = await Database.open({ threads: 1 });
});
afterAll(() => {
  live.close();
  plain.close();
});

const someRules = fc.array(aRule, { minLength: 4, maxLength: 4 });
const asRequests = someTraces.chain((traces) =>
  disturbed(traces).map((fragments) => ({ traces, requests: fragments.map((fragment) => [fragment]) })),
);

/** Every row of a relation but for the numbers that rows and traces happen to have. */
async function contents(db: Store, relation: string, needs: ColumnNeeds): Promise<readonly string[]> {
  const spans = 'spans JOIN traces USING (trace)';
  const from =
    relation === 'traces'
      ? 'traces'
      : relation === 'spans'
        ? spans
        : `${relation} JOIN (SELECT row, trace, span_id AS of_span, kind AS of_kind FROM spans) USING (row) JOIN traces USING (trace)`;
  const ordered =
    relation === 'events' || relation === 'links'
      ? ' REPLACE (row_number() OVER (PARTITION BY row ORDER BY position) AS position)'
      : '';
  const rows = await db.rows(
    plainSql(
      `SELECT to_json(o) FROM (SELECT * EXCLUDE (${relation === 'traces' ? 'trace' : 'trace, row'})${ordered} FROM ${from}) o`,
    ),
  );
  return rows.map(([row]) => canonical(String(row), needs)).sort();
}

/** Without what is null or not needed: one of the two may have columns for types that do not occur. */
function canonical(row: string, needs: ColumnNeeds): string {
  const entries = Object.entries(JSON.parse(row) as Record<string, unknown>);
  const needed = (name: string): boolean => {
    if (name.startsWith('nested_')) return needs.spans.some((column) => column === name);
    // Which span is the root depends on links, which only live judging always has at hand.
    return !name.includes('root') || readsChildOf(needs);
  };
  return JSON.stringify(entries.filter(([name, value]) => value !== null && needed(name)).sort());
}

describe('relations filled from requests', () => {
  it('hold what those of plain traces hold', async () => {
    await fc.assert(
      fc.asyncProperty(someRules, asRequests, async (rules, { requests }) => {
        const { needs } = planRules(rules.map(asResolved));
        await fillRelations(live, snapshotsOf(requests), needs);
        await loadTraces(plain, requests.flat(), needs);
        const relations = [
          'traces',
          'spans',
          ...(needs.events ? ['events'] : []),
          ...(needs.links ? ['links'] : []),
        ];
        for (const relation of relations)
          expect(await contents(live, relation, needs), relation).toEqual(
            await contents(plain, relation, needs),
          );
      }),
      { numRuns: runs(20) },
    );
  });

  it('give the verdicts of the oracle, however the spans arrive', async () => {
    await fc.assert(
      fc.asyncProperty(someRules, asRequests, async (rules, { traces, requests }) => {
        const load = async (db: Store, _: readonly Trace[], needs: ColumnNeeds) =>
          await fillRelations(db, snapshotsOf(requests), needs);
        expect(await compiledOutcomes(live, rules, traces, load)).toEqual(oracleOutcomes(rules, traces));
      }),
      { numRuns: runs(20) },
    );
  });

  it('keep 64-bit integers exactly', async () => {
    const big = trace(
      span(1, undefined, { attributes: { n: -9223372036854775808n } }),
      span(2, 1, { attributes: { n: 9223372036854775807n } }),
      span(3, 1, { attributes: { n: -1n } }),
    );
    const { needs } = planRules([]);
    const columns = await fillRelations(live, snapshotsOf([[big]]), {
      ...needs,
      spanAttributes: [{ scope: 'span', key: 'n' }, ...needs.spanAttributes],
    });
    const column = columns.column({ scope: 'span', key: 'n' }, 'i');
    expect(await live.rows(plainSql(`SELECT ${column} FROM spans ORDER BY span_id`))).toEqual([
      [-9223372036854775808n],
      [9223372036854775807n],
      [-1n],
    ]);
  });
});
