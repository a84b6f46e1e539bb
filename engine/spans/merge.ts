import { CLIENT, SERVER } from '../otlp/names.js';
import {
  type AttributeKey,
  CHILD_OF,
  type ColumnNeeds,
  nestedColumns,
  readsChildOf,
} from '../plan/schema.js';
import type { AttributeColumns } from '../sql/compile/attribute-columns.js';
import { attributeValue } from '../sql/compile/expression.js';
import { compareValues, constantValue } from '../sql/compile/value.js';
import type { Database } from '../sql/dialects/duckdb/database.js';
import { nestedSets } from './nested-sets.js';
import type { TreeSpan } from './parents.js';

const SERVICE_NAME: AttributeKey = { scope: 'resource', key: 'service.name' };

/**
 * Makes whole traces of fragments.
 *
 * Reads `raw_spans` (the columns of `spans` but `sharing` and `is_root`, several copies of a span allowed), `raw_traces` (`trace`,
 * `trace_id`), and, where needed, `raw_events` and `raw_links`. Makes the tables `merged_spans`, `merged_traces`, `merged_events` and
 * `merged_links`, in which a span appears once, roots and times are those of the whole trace, and nested set numbers are
 * computed anew.
 *
 * Spans with one id, kind, name and start are copies of one, of which the longest stays. Others with one id are different spans.
 */
export async function mergeFragments(
  db: Database,
  needs: ColumnNeeds,
  columns: AttributeColumns,
): Promise<void> {
  await db.run(`CREATE OR REPLACE TABLE merged_spans AS
    SELECT *, false AS is_root, CASE WHEN octet_length(span_id) = 0 THEN 0
        WHEN count(*) OVER (PARTITION BY trace, span_id, kind) > 1 THEN 2
        WHEN count(*) OVER (PARTITION BY trace, span_id) > 1 THEN 1 ELSE 0 END AS sharing
    FROM raw_spans SEMI JOIN (SELECT arg_min(row, (-duration_ns, row)) AS row
      FROM raw_spans GROUP BY trace, span_id, kind, name, start_ns) USING (row)`);
  await db.run(`UPDATE merged_spans SET is_root = true WHERE row IN (${rootsSql(needs, columns)})`);
  const service = columns.typesFor(SERVICE_NAME).includes('s')
    ? columns.column(SERVICE_NAME, 's')
    : 'NULL::VARCHAR';
  await db.run(`CREATE OR REPLACE TABLE merged_traces AS
    SELECT trace, trace_id, start_ns, end_ns, root_name, root_service
    FROM (SELECT trace, min(start_ns) AS start_ns, max(start_ns + duration_ns) AS end_ns,
        any_value(name) FILTER (is_root) AS root_name, any_value(${service}) FILTER (is_root) AS root_service
      FROM merged_spans GROUP BY trace) JOIN (SELECT trace, any_value(trace_id) AS trace_id FROM raw_traces GROUP BY trace) USING (trace)`);
  for (const item of ['events', 'links'] as const)
    if (needs[item] !== undefined)
      await db.run(
        `CREATE OR REPLACE TABLE merged_${item} AS SELECT * FROM raw_${item} SEMI JOIN merged_spans USING (row)`,
      );
  const nested = nestedColumns(needs);
  if (nested.length > 0) await renumber(db, nested);
}

/**
 * SELECTs the row of each trace's root: of the spans without a parent the first, but for the server side of a call whose client side is
 * there. Tempo passes over those with a link that calls a span of the same trace their parent (`schema.go`, OpenTracing's
 * `child_of`): so does this where the needs have links.
 */
function rootsSql(needs: ColumnNeeds, columns: AttributeColumns): string {
  const childOf = childOfSql(needs, columns, 'raw_links', 'raw_spans', 'raw_traces');
  return `SELECT arg_min(row, (start_ns, span_id, kind, name)) FROM merged_spans s
    WHERE octet_length(parent_id) = 0
      AND NOT (kind = ${SERVER} AND (trace, span_id) IN (SELECT (trace, span_id) FROM merged_spans WHERE sharing > 0 AND kind = ${CLIENT}))
      ${childOf === undefined ? '' : `AND row NOT IN (${childOf})`}
    GROUP BY trace`;
}

/** SELECTs the rows of spans with a link that calls a span of their own trace their parent; undefined where links are not read. */
export function childOfSql(
  needs: ColumnNeeds,
  columns: AttributeColumns,
  links: string,
  spans: string,
  traces: string,
): string | undefined {
  const attribute = { scope: 'link', key: CHILD_OF.key } as const;
  if (!readsChildOf(needs) || columns.columnsFor(attribute).length === 0) return undefined;
  const type = attributeValue(attribute, columns, (column) => `l.${column}`);
  const called = constantValue({ kind: 'constant', type: 'string', value: CHILD_OF.value });
  const isChildOf = compareValues('=', type, called, false);
  return `SELECT l.row FROM ${links} l JOIN ${spans} s ON s.row = l.row JOIN ${traces} t ON t.trace = s.trace
    WHERE ${isChildOf} AND l.trace_id = t.trace_id`;
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
    'SELECT trace, row, lower(hex(span_id)), lower(hex(parent_id)), kind, start_ns, name FROM merged_spans ORDER BY trace',
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
    for (const [id, row, spanId, parentId, kind, start, name] of chunk.getRows() as [
      bigint,
      bigint,
      string,
      string,
      bigint,
      bigint,
      string,
    ][]) {
      if (id !== trace) flush();
      trace = id;
      rows.push(row);
      spans.push({ spanId, parentId, kind: Number(kind), start, name });
    }
  flush();
  appender.closeSync();
  await db.run(`CREATE OR REPLACE TABLE merged_spans AS
    SELECT s.* REPLACE (${nested.map((column) => `n.${column} AS ${column}`).join(', ')})
    FROM merged_spans s JOIN numbers n USING (row)`);
}
