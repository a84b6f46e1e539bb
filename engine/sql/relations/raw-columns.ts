import {
  ATTRIBUTE_COLUMN_TYPES,
  type AttributeKey,
  type ColumnNeeds,
  EVENT_COLUMNS,
  LINK_COLUMNS,
  type LogicalType,
  SPAN_COLUMNS,
} from '../../plan/schema.js';
import type { AttributeColumns } from '../compile/attribute-columns.js';

type Definition = readonly [column: string, type: LogicalType];

/** The columns of the tables that traces are put together from (`RAW`), in their order. */
export function rawColumns(
  needs: ColumnNeeds,
  columns: AttributeColumns,
): Readonly<Record<'traces' | 'spans' | 'events' | 'links', readonly Definition[]>> {
  const attributes = (keys: readonly AttributeKey[]): readonly Definition[] =>
    keys.flatMap((attribute) =>
      columns
        .columnsFor(attribute)
        .map((column) => [columns.column(attribute, column), ATTRIBUTE_COLUMN_TYPES[column]] as const),
    );
  const place: readonly Definition[] = [
    ['row', 'int64'],
    ['position', 'int64'],
  ];
  const { spans, spanAttributes, events, links } = needs;
  return {
    traces: [
      ['trace', 'int64'],
      ['trace_id', 'bytes'],
    ],
    spans: [
      ['trace', 'int64'],
      ['row', 'int64'],
      ...spans.map((column) => [column, SPAN_COLUMNS[column]] as const),
      ...attributes(spanAttributes),
    ],
    events: [
      ...place,
      ...(events?.columns ?? []).map((column) => [column, EVENT_COLUMNS[column]] as const),
      ...attributes((events?.attributes ?? []).map((key) => ({ scope: 'event', key }))),
    ],
    links: [
      ...place,
      ...(links?.columns ?? []).map((column) => [column, LINK_COLUMNS[column]] as const),
      ...attributes((links?.attributes ?? []).map((key) => ({ scope: 'link', key }))),
    ],
  };
}
