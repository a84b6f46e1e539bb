import {
  ATTRIBUTE_COLUMN_TYPES,
  type AttributeKey,
  type ColumnNeeds,
  EVENT_COLUMNS,
  LINK_COLUMNS,
  type LogicalType,
  SPAN_COLUMNS,
} from '../../../plan/schema.js';
import type { AttributeColumns } from '../../compile/attribute-columns.js';
import type { Store } from '../../store/store.js';
import { RAW } from '../../tables.js';
import { emptyTable } from '../../text/operations.js';
import type { Sql } from '../../text/sql.js';
import { ALWAYS } from './nested-span.js';

/** The tables that traces are put together from, where there is no block to fill them. */
export async function makeEmpty(db: Store, needs: ColumnNeeds, columns: AttributeColumns): Promise<void> {
  const attributes = (keys: readonly AttributeKey[]): readonly Definition[] =>
    keys.flatMap((attribute) =>
      columns
        .columnsFor(attribute)
        .map((column) => [columns.column(attribute, column), ATTRIBUTE_COLUMN_TYPES[column]] as const),
    );
  const items = (scope: 'event' | 'link', keys: readonly string[] = []): readonly Definition[] => [
    ['row', 'int64'],
    ['position', 'int64'],
    ...attributes(keys.map((key) => ({ scope, key }))),
  ];
  const spans = [...new Set([...ALWAYS, ...needs.spans])].map(
    (column) => [column, SPAN_COLUMNS[column]] as const,
  );
  const tables: readonly (readonly [Sql, readonly Definition[]])[] = [
    [
      RAW.traces,
      [
        ['trace', 'int64'],
        ['trace_id', 'bytes'],
      ],
    ],
    [RAW.spans, [['trace', 'int64'], ['row', 'int64'], ...spans, ...attributes(needs.spanAttributes)]],
    [
      RAW.events,
      [
        ...items('event', needs.events?.attributes),
        ...(needs.events?.columns ?? []).map((column) => [column, EVENT_COLUMNS[column]] as const),
      ],
    ],
    [
      RAW.links,
      [
        ...items('link', needs.links?.attributes),
        ...(needs.links?.columns ?? []).map((column) => [column, LINK_COLUMNS[column]] as const),
      ],
    ],
  ];
  for (const [table, definitions] of tables) await db.run(emptyTable(table, definitions, { replace: true }));
}

type Definition = readonly [column: string, type: LogicalType];
