import type { StoredRun } from '../spans/stored-run.js';
import { readServices, readTraces, spansOfHits, type TraceRow } from '../sql/run/search-traces.js';
import type { Sql } from '../sql/text/sql.js';
import { grouped } from './grouped.js';
import type { FoundSpanset, FoundTrace } from './search-result.js';

/** What is reported of found traces, apart from the traces themselves. */
export interface ShownTraces {
  readonly spansetsOf: (trace: TraceRow) => readonly FoundSpanset[];
  /** A relation of all their spans, with `status` and what service each is of. */
  readonly spans: Sql;
}

/** What a result says of the traces that were found, newest first. `show` is given what `spansOfHits` selects, where there are any. */
export async function foundTraces(
  { db, columns, spansNear }: StoredRun,
  show: (spans: Sql) => Promise<ShownTraces>,
): Promise<readonly FoundTrace[]> {
  const traces = await readTraces(db);
  if (traces.length === 0) return [];
  const { spansetsOf, spans } = await show(spansOfHits(spansNear(traces.map(({ trace }) => trace))));
  const services = grouped(await readServices(db, spans, columns), ({ trace }) => trace);
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
