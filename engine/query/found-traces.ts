import type { StoredRun } from '../spans/stored-run.js';
import { dropTables } from '../sql/dialects/duckdb/database.js';
import { readServices, readTraces, type TraceRow } from '../sql/run/search-traces.js';
import { grouped } from './grouped.js';
import type { FoundSpanset, FoundTrace } from './search-result.js';

/** All spans of the traces in `hits`, held apart: they are read several times. */
export const HIT_SPANS = 'hit_spans';

export async function holdSpans({ db, spansNear }: StoredRun): Promise<void> {
  await dropTables(db, [HIT_SPANS]);
  const traces = (await db.rows('SELECT trace FROM hits')) as [bigint][];
  const near = spansNear(traces.map(([trace]) => trace));
  await db.run(`CREATE TABLE ${HIT_SPANS} AS SELECT * FROM (${near}) SEMI JOIN hits USING (trace)`);
}

/** What a result says of the traces in `hits`, newest first; needs the table of `holdSpans`, with `status`. */
export async function foundTraces(
  { db, columns }: StoredRun,
  spansetsOf: (trace: TraceRow) => readonly FoundSpanset[],
): Promise<readonly FoundTrace[]> {
  const traces = await readTraces(db);
  const services = grouped(await readServices(db, columns, HIT_SPANS), ({ trace }) => trace);
  return traces.map((row) => ({
    traceId: row.traceId,
    ...(row.rootService === null ? {} : { rootService: row.rootService }),
    ...(row.rootName === null ? {} : { rootName: row.rootName }),
    start: row.start,
    duration: row.end - row.start,
    services: new Map(
      (services.get(row.trace) ?? []).map(({ service, spans, errors }) => [service, { spans, errors }]),
    ),
    spansets: spansetsOf(row),
  }));
}
