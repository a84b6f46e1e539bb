import type { StoredRun } from '../spans/stored-run.js';
import { readServices, readTraces, type TraceRow } from '../sql/run/search-traces.js';
import { grouped } from './grouped.js';
import type { FoundSpanset, FoundTrace } from './search-result.js';

/** What a result says of the traces that were found and whose spans are held (`run/search-traces.ts`), newest first; `status` is among them. */
export async function foundTraces(
  { db, columns }: StoredRun,
  spansetsOf: (trace: TraceRow) => readonly FoundSpanset[],
): Promise<readonly FoundTrace[]> {
  const traces = await readTraces(db);
  const services = grouped(await readServices(db, columns), ({ trace }) => trace);
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
