/**
 * The relations that rules run on, whoever fills them: Tempo blocks, live spans, or a `test` block.
 *
 * - `spans`: one row a span. `trace` (int64) groups the spans of one merged trace, `row` (int64) is unique in the run. `is_root`: whether
 *   it is the root of its trace, of which there is at most one. `sharing` (int32): 0 where no other span of the trace carries its id, 1 where
 *   spans of other kinds do, 2 where one of its own kind does.
 * - `events`, `links`: one row each; `row` names their span, `position` (int64) orders those of a span as they are stored.
 * - `traces`: one row a trace: `trace`, `trace_id` (16 bytes), `start_ns`, `end_ns`, `root_name`, `root_service`.
 *
 * Only the columns that the rules of a run need exist.
 */

/** The types that columns have, whatever a database calls them. */
export type LogicalType = ScalarType | 'int8' | 'int128' | 'bytes' | 'int32' | ListType;
/** What lists hold may be null. */
export type ListType = 'int32[]' | `${ScalarType}[]`;
type ScalarType = 'text' | 'int64' | 'double' | 'bool';

/** Columns of `spans` that every span has, with their types. Times are nanoseconds. */
export const SPAN_COLUMNS = {
  span_id: 'bytes',
  /** Empty for a root. */
  parent_id: 'bytes',
  name: 'text',
  /** OTLP: 0 unspecified, 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  kind: 'int64',
  /** OTLP: 0 unset, 1 ok, 2 error. */
  status: 'int64',
  status_message: 'text',
  start_ns: 'int64',
  duration_ns: 'int64',
  /** Nested set numbers; see `sql/relations/nested-sets.ts`. */
  nested_left: 'int32',
  nested_right: 'int32',
  /** `nested_left` of the parent, -1 for a root, 0 above which a cycle of parents is cut. */
  nested_parent: 'int32',
  scope_name: 'text',
  scope_version: 'text',
} as const;
export type SpanColumn = keyof typeof SPAN_COLUMNS;

/** The columns that say where a span is in the tree of its trace. */
export const NESTED_COLUMNS = ['nested_left', 'nested_right', 'nested_parent'] as const;

/** Those of them that are needed: all or none, but for a query that shows a single one. */
export function nestedColumns({
  spans,
}: Pick<ColumnNeeds, 'spans'>): readonly (typeof NESTED_COLUMNS)[number][] {
  return NESTED_COLUMNS.filter((column) => spans.includes(column));
}

export const EVENT_COLUMNS = { name: 'text', time_since_start_ns: 'int64' } as const;
export type EventColumn = keyof typeof EVENT_COLUMNS;

export const LINK_COLUMNS = { trace_id: 'bytes', span_id: 'bytes' } as const;
export type LinkColumn = keyof typeof LINK_COLUMNS;

/**
 * The attribute by which OpenTracing's links say what they are (`opentracing.ref_type` in OpenTelemetry's conventions): a span whose link
 * is of this type has its parent in the link.
 */
export const CHILD_OF = { key: 'opentracing.ref_type', value: 'child_of' } as const;

/** Whether the links that a root must not have are read. */
export function readsChildOf({ links }: Pick<ColumnNeeds, 'links'>): boolean {
  return links?.columns.includes('trace_id') === true && links.attributes.includes(CHILD_OF.key);
}

/**
 * Whether all that is known of a trace by itself is needed: when it ends, its root, and whether it must be put together anew. That takes the
 * ids of its spans. Without them a trace has an id and a start.
 */
export function needsWholeTraces({ spans }: Pick<ColumnNeeds, 'spans'>): boolean {
  return spans.includes('span_id') && spans.includes('parent_id');
}

export type StoredScope = 'span' | 'resource' | 'instrumentation' | 'event' | 'link';

/** An attribute by where it is stored; `resource` `service.name` is one of them. */
export interface AttributeKey {
  readonly scope: StoredScope;
  readonly key: string;
}

/**
 * An attribute is up to eight columns, one for each type that a value may have; at most one of them is not null in a
 * row. `s` string, `i` int, `d` double, `b` bool; `ls`, `li`, `ld`, `lb` lists of those (an empty array is an empty `ls`).
 */
export const ATTRIBUTE_TYPES = {
  s: 'text',
  i: 'int64',
  d: 'double',
  b: 'bool',
  ls: 'text[]',
  li: 'int64[]',
  ld: 'double[]',
  lb: 'bool[]',
} as const;
export type AttributeType = keyof typeof ATTRIBUTE_TYPES;

/**
 * In addition, `further`: where the key is there several times in one place, what it holds but for the first value, as
 * `furtherText` writes it. Null in nearly every row.
 */
export const ATTRIBUTE_COLUMN_TYPES = { ...ATTRIBUTE_TYPES, further: 'text' } as const;
export type AttributeColumn = keyof typeof ATTRIBUTE_COLUMN_TYPES;

/** What a run needs to know of its spans. Lists are sorted and without repetition, so equal needs are equal values. */
export interface ColumnNeeds {
  readonly spans: readonly SpanColumn[];
  readonly spanAttributes: readonly AttributeKey[]; // scopes span, resource, instrumentation
  /** Absent when no rule mentions an event (a link). */
  readonly events?: { readonly columns: readonly EventColumn[]; readonly attributes: readonly string[] };
  readonly links?: { readonly columns: readonly LinkColumn[]; readonly attributes: readonly string[] };
}
