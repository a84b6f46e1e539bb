import { type AttributeKey, type ColumnNeeds, nestedColumns } from '../plan/schema.js';
import type { Database } from '../sql/duckdb/database.js';
import type { AttributeColumns } from '../sql/duckdb/names.js';
import { nestedSets, type TreeSpan } from './nested-sets.js';

const SERVICE_NAME: AttributeKey = { scope: 'resource', key: 'service.name' };

/**
 * Makes whole traces of fragments.
 *
 * Reads `raw_spans` (the columns of `spans`, several copies of a span allowed), `raw_traces` (`trace`, `trace_id`), and, where
 * needed, `raw_events` and `raw_links`. Makes the tables `merged_spans`, `merged_traces`, `merged_events` and `merged_links`, in which
 * a span appears once, roots and times are those of the whole trace, and nested set numbers are computed anew.
 *
 * Of several copies of one (span id, kind) the earliest start stays, then the longest duration, then the first name.
 */
export async function mergeFragments(
  db: Database,
  needs: ColumnNeeds,
  columns: AttributeColumns,
): Promise<void> {
  await db.run(`CREATE OR REPLACE TABLE merged_spans AS SELECT * FROM raw_spans SEMI JOIN (
    SELECT arg_min(row, (start_ns, -duration_ns, name, row)) AS row FROM raw_spans GROUP BY trace, span_id, kind) USING (row)`);
  const service = columns.typesFor(SERVICE_NAME).includes('s')
    ? columns.column(SERVICE_NAME, 's')
    : 'NULL::VARCHAR';
  await db.run(`CREATE OR REPLACE TABLE merged_traces AS
    SELECT trace, trace_id, start_ns, end_ns, root.name AS root_name, root.service AS root_service
    FROM (SELECT trace, min(start_ns) AS start_ns, max(start_ns + duration_ns) AS end_ns,
        arg_min({name: name, service: ${service}}, (start_ns, span_id, kind)) FILTER (octet_length(parent_id) = 0) AS root
      FROM merged_spans GROUP BY trace) JOIN (SELECT trace, any_value(trace_id) AS trace_id FROM raw_traces GROUP BY trace) USING (trace)`);
  for (const item of ['events', 'links'] as const)
    if (needs[item] !== undefined)
      await db.run(
        `CREATE OR REPLACE TABLE merged_${item} AS SELECT * FROM raw_${item} SEMI JOIN merged_spans USING (row)`,
      );
  const nested = nestedColumns(needs);
  if (nested.length > 0) await renumber(db, nested);
}

/** Spans are read in groups of whole traces, so that what is held at once is one group, not every merged trace. */
async function renumber(db: Database, nested: readonly string[]): Promise<void> {
  await db.run(
    'CREATE OR REPLACE TABLE numbers (row BIGINT, nested_left INTEGER, nested_right INTEGER, nested_parent INTEGER)',
  );
  const appender = await db.connection.createAppender('numbers');
  // The appender flushes now and then, which would end a stream on its connection.
  const reader = await db.another();
  const result = await reader.connection.stream(
    'SELECT trace, row, lower(hex(span_id)), lower(hex(parent_id)), kind, start_ns FROM merged_spans ORDER BY trace',
  );
  let trace: bigint | undefined;
  let rows: bigint[] = [];
  let spans: TreeSpan[] = [];
  const flush = (): void => {
    for (const [n, set] of nestedSets(spans).entries()) {
      appender.appendBigInt(rows[n]!);
      for (const value of [set.left, set.right, set.parent]) appender.appendInteger(value);
      appender.endRow();
    }
    rows = [];
    spans = [];
  };
  for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk())
    for (const [id, row, spanId, parentId, kind, start] of chunk.getRows() as [
      bigint,
      bigint,
      string,
      string,
      bigint,
      bigint,
    ][]) {
      if (id !== trace) flush();
      trace = id;
      rows.push(row);
      spans.push({ spanId, parentId, kind: Number(kind), start });
    }
  flush();
  appender.closeSync();
  await db.run(`CREATE OR REPLACE TABLE merged_spans AS
    SELECT s.* REPLACE (${nested.map((column) => `n.${column} AS ${column}`).join(', ')})
    FROM merged_spans s JOIN numbers n USING (row)`);
}
