import { SAME_IN_COPIES, type SameInCopies } from '../../otlp/copies.js';
import { CLIENT, SERVER } from '../../otlp/names.js';
import {
  type AttributeKey,
  CHILD_OF,
  type ColumnNeeds,
  nestedColumns,
  readsChildOf,
} from '../../plan/schema.js';
import type { AttributeColumns } from '../compile/attribute-columns.js';
import { compareValues } from '../compile/value/compare.js';
import { attributeValue } from '../compile/value/expression.js';
import { constantValue } from '../compile/value/value.js';
import type { Store } from '../store/store.js';
import { type MergedTables, NUMBERS, RAW } from '../tables.js';
import {
  allReplacing,
  anyValue,
  argMin,
  byteLength,
  cast,
  emptyTable,
  filtered,
  hex,
  semiJoin,
  tableAs,
  update,
} from '../text/operations.js';
import { EMPTY, join, NULL, name, names, type Sql, sql, TRUE } from '../text/sql.js';
import { nestedSets } from './nested-sets.js';
import type { TreeSpan } from './parents.js';

const COLUMNS = {
  spanId: 'span_id',
  kind: 'kind',
  name: 'name',
  start: 'start_ns',
} as const satisfies Record<SameInCopies, string>;
const REPLACE = { replace: true } as const;
const SERVICE_NAME: AttributeKey = { scope: 'resource', key: 'service.name' };

/**
 * Makes whole traces of fragments.
 *
 * Reads `raw_spans` (the columns of `spans` but `sharing` and `is_root`, several copies of a span allowed), `raw_traces` (`trace`,
 * `trace_id`), and, where needed, `raw_events` and `raw_links`. Makes the tables `merged_spans`, `merged_traces`, `merged_events` and
 * `merged_links`, in which a span appears once, roots and times are those of the whole trace, and nested set numbers are
 * computed anew.
 *
 * Of copies (see `otlp/copies.ts`) the longest stays.
 */
export async function mergeFragments(
  db: Store,
  needs: ColumnNeeds,
  columns: AttributeColumns,
  merged: MergedTables,
): Promise<void> {
  const longest = sql`(SELECT ${argMin(sql`row`, [sql`-duration_ns`, sql`row`])} AS row
      FROM ${RAW.spans} GROUP BY trace, ${join(names(SAME_IN_COPIES.map((part) => COLUMNS[part])), ', ')})`;
  await db.run(
    tableAs(
      merged.spans,
      sql`SELECT *, false AS is_root, CASE WHEN ${byteLength(sql`span_id`)} = 0 THEN 0
        WHEN count(*) OVER (PARTITION BY trace, span_id, kind) > 1 THEN 2
        WHEN count(*) OVER (PARTITION BY trace, span_id) > 1 THEN 1 ELSE 0 END AS sharing
    FROM ${RAW.spans} ${semiJoin(longest, { using: ['row'] })}`,
      REPLACE,
    ),
  );
  await db.run(update(merged.spans, 'is_root', TRUE, sql`row IN (${rootsSql(needs, columns, merged)})`));
  const service = columns.typesFor(SERVICE_NAME).includes('s')
    ? name(columns.column(SERVICE_NAME, 's'))
    : cast(NULL, 'text');
  await db.run(
    tableAs(
      merged.traces,
      sql`SELECT trace, trace_id, start_ns, end_ns, root_name, root_service
    FROM (SELECT trace, min(start_ns) AS start_ns, max(start_ns + duration_ns) AS end_ns,
        ${filtered(anyValue(sql`name`), sql`is_root`)} AS root_name, ${filtered(anyValue(service), sql`is_root`)} AS root_service
      FROM ${merged.spans} GROUP BY trace) JOIN (SELECT trace, ${anyValue(sql`trace_id`)} AS trace_id FROM ${RAW.traces} GROUP BY trace) USING (trace)`,
      REPLACE,
    ),
  );
  for (const item of ['events', 'links'] as const)
    if (needs[item] !== undefined)
      await db.run(
        tableAs(
          merged[item],
          sql`SELECT * FROM ${RAW[item]} ${semiJoin(merged.spans, { using: ['row'] })}`,
          REPLACE,
        ),
      );
  const nested = nestedColumns(needs);
  if (nested.length > 0) await renumber(db, nested, merged);
}

/**
 * SELECTs the row of each trace's root: of the spans without a parent the first, but for the server side of a call whose client side is
 * there. Tempo passes over those with a link that calls a span of the same trace their parent (`schema.go`, OpenTracing's
 * `child_of`): so does this where the needs have links.
 */
function rootsSql(needs: ColumnNeeds, columns: AttributeColumns, merged: MergedTables): Sql {
  const childOf = childOfSql(needs, columns, RAW);
  return sql`SELECT ${argMin(sql`row`, names(['start_ns', 'span_id', 'kind', 'name']))} FROM ${merged.spans} s
    WHERE ${byteLength(sql`parent_id`)} = 0
      AND NOT (kind = ${SERVER} AND (trace, span_id) IN (SELECT (trace, span_id) FROM ${merged.spans} WHERE sharing > 0 AND kind = ${CLIENT}))
      ${childOf === undefined ? EMPTY : sql`AND row NOT IN (${childOf})`}
    GROUP BY trace`;
}

/** SELECTs the rows of spans with a link that calls a span of their own trace their parent; undefined where links are not read. */
export function childOfSql(
  needs: ColumnNeeds,
  columns: AttributeColumns,
  { links, spans, traces }: Readonly<Record<'links' | 'spans' | 'traces', Sql>>,
): Sql | undefined {
  const attribute = { scope: 'link', key: CHILD_OF.key } as const;
  if (!readsChildOf(needs) || columns.columnsFor(attribute).length === 0) return undefined;
  const type = attributeValue(attribute, columns, (column) => sql`l.${name(column)}`);
  const called = constantValue({ kind: 'constant', type: 'string', value: CHILD_OF.value });
  const isChildOf = compareValues('=', type, called, false);
  return sql`SELECT l.row FROM ${links} l JOIN ${spans} s ON s.row = l.row JOIN ${traces} t ON t.trace = s.trace
    WHERE ${isChildOf} AND l.trace_id = t.trace_id`;
}

/** Spans are read in groups of whole traces, so that what is held at once is one group, not every merged trace. */
async function renumber(db: Store, nested: readonly string[], merged: MergedTables): Promise<void> {
  await db.run(emptyTable(NUMBERS, NUMBER_COLUMNS, REPLACE));
  const appender = await db.append(
    NUMBERS,
    NUMBER_COLUMNS.map(([, type]) => type),
  );
  // The appender flushes now and then, which would end a stream on its connection.
  const reader = await db.another();
  const batches = reader.batches(
    sql`SELECT trace, row, ${hex(sql`span_id`)}, ${hex(sql`parent_id`)}, kind, start_ns, name FROM ${merged.spans} ORDER BY trace`,
  );
  let trace: bigint | undefined;
  let rows: bigint[] = [];
  let spans: TreeSpan[] = [];
  const flush = (): void => {
    for (const [n, set] of nestedSets(spans).entries())
      appender.add([rows[n]!, set.left, set.right, set.parent]);
    rows = [];
    spans = [];
  };
  for await (const batch of batches)
    for (const [id, row, spanId, parentId, kind, start, called] of batch as readonly SpanRow[]) {
      if (id !== trace) flush();
      trace = id;
      rows.push(row);
      spans.push({ spanId, parentId, kind: Number(kind), start, name: called });
    }
  flush();
  appender.close();
  const numbered = allReplacing(
    sql`s`,
    nested.map((column) => [sql`n.${name(column)}`, column]),
  );
  await db.run(
    tableAs(
      merged.spans,
      sql`SELECT ${numbered}
    FROM ${merged.spans} s JOIN ${NUMBERS} n USING (row)`,
      REPLACE,
    ),
  );
}

type SpanRow = [
  trace: bigint,
  row: bigint,
  spanId: string,
  parentId: string,
  kind: bigint,
  start: bigint,
  name: string,
];

const NUMBER_COLUMNS = [
  ['row', 'int64'],
  ['nested_left', 'int32'],
  ['nested_right', 'int32'],
  ['nested_parent', 'int32'],
] as const;
