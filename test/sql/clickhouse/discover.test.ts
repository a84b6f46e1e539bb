/** Rules that stored traces keep, looked for by ClickHouse: those that DuckDB finds. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { discover } from '../../../engine/discover/discover.js';
import { discoveryJson } from '../../../engine/discover/discovery-json.js';
import type { Trace } from '../../../engine/otlp/model.js';
import type { ClickHouseStore } from '../../../engine/sql/dialects/clickhouse/store.js';
import { finishFlows, startFlows } from '../../../engine/sql/discover/flow-spans.js';
import { openStore } from '../../../engine/sql/open-store.js';
import type { Store } from '../../../engine/sql/store/store.js';
import { MINED_FLOWS, MINED_TRACES } from '../../../engine/sql/tables.js';
import { cast, fromHex, int, ints, rowsOf, tableAs } from '../../../engine/sql/text/operations.js';
import { sql } from '../../../engine/sql/text/sql.js';
import { traceId } from '../../support/arbitrary/spans.js';
import { someTraces } from '../../support/arbitrary/trace.js';
import { makeStorage } from '../../support/made-storage.js';
import { runs } from '../../support/runs.js';
import { openStored } from '../../support/stored.js';
import { byDatabase, hasChdb, openChdb } from './chdb.js';

const SECOND = 1_000_000_000n;
const COPIES = 30;

/** So many traces like each, a minute apart, of which some lack their last span: what the others keep is to be found, and broken by those. */
function copiesOf(traces: readonly Trace[]): readonly Trace[] {
  return traces.flatMap(({ spans }, shape) =>
    Array.from({ length: COPIES }, (_, copy) => ({
      traceId: traceId(1 + shape * COPIES + copy),
      spans: spans
        .slice(0, copy % 10 === 9 ? Math.max(1, spans.length - 1) : spans.length)
        .map((span) => ({ ...span, start: span.start + BigInt(copy) * 60n * SECOND })),
    })),
  );
}

describe.skipIf(!hasChdb)('discovery in ClickHouse', () => {
  let db: ClickHouseStore;
  beforeAll(async () => {
    db = await openChdb();
  });
  afterAll(() => db.close());

  it.each([
    ['shop-v5', 1_795_132_800n, 3n],
    ['flow-v5', 1_795_219_200n, 4n],
  ])('proposes of hours of %s what DuckDB does', async (fixture, from, hours) => {
    const root = fileURLToPath(new URL(`../../fixtures/blocks/${fixture}/blocks`, import.meta.url));
    const { stored, close } = await openStored(root);
    const asked = {
      window: { fromNs: from * SECOND, toNs: (from + hours * 3600n) * SECOND },
      limit: 15,
    };
    const flat = await discover({ ...stored, ...asked });
    const nested = await discover({ ...byDatabase(db, stored), ...asked });
    expect(discoveryJson(nested)).toEqual(discoveryJson(flat));
    expect(flat.found.length).toBeGreaterThan(5);
    await close();
  });

  it('proposes of random traces, each some times over, what DuckDB does', async () => {
    let proposed = 0;
    await fc.assert(
      fc.asyncProperty(someTraces, async (shapes) => {
        const work = mkdtempSync(join(tmpdir(), 'betrace-discover-'));
        const { stored, close } = await openStored(makeStorage(work, 'vParquet5', copiesOf(shapes)));
        try {
          const flat = await discover({ ...stored, limit: 10 });
          const nested = await discover({ ...byDatabase(db, stored), limit: 10 });
          expect(discoveryJson(nested)).toEqual(discoveryJson(flat));
          proposed += flat.found.length;
        } finally {
          await close();
          rmSync(work, { recursive: true });
        }
      }),
      { numRuns: runs(4) },
    );
    expect(proposed).toBeGreaterThan(0);
  });

  it('leaves out the flows that DuckDB does', async () => {
    const flat = await openStore();
    const found = await thinnedOut(flat);
    flat.close();
    expect(await thinnedOut(db)).toEqual(found);
    // Those of even numbers that are not too large.
    expect(found).toEqual({ keys: [{ key: 0, flows: 4 }], left: [2, 4, 6] });
  });
});

/** Of seven flows of 2000 spans, whose pairs are too many, and one of more. */
async function thinnedOut(db: Store): Promise<unknown> {
  await startFlows(db);
  await db.run(
    tableAs(
      MINED_TRACES,
      sql`SELECT ${int(1n)} AS trace, ${int(1n)} AS mark, ${fromHex('01')} AS trace_id, ${int(0n)} AS start_ns, ${int(1n)} AS end_ns`,
      { replace: true },
    ),
  );
  for (const [flow, spans] of [...Array.from({ length: 7 }, () => 2000), 2001].entries()) {
    const rows = ints(Array.from({ length: spans }, (_, n) => BigInt(flow * 10_000 + n)));
    await db.run(
      sql`INSERT INTO ${MINED_FLOWS} SELECT 0, ${flow + 1}, 0, ${rowsOf(rows)}, 1, 0, 1, ${cast(sql`(1 = 1)`, 'bool')}`,
    );
  }
  const keys = await finishFlows(db, 1, { shapes: [], oneIn: 1 });
  const left = await db.rows(sql`SELECT DISTINCT flow FROM ${MINED_FLOWS} ORDER BY flow`);
  return { keys, left: left.map(([flow]) => Number(flow)) };
}
