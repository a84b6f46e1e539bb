/** What is read from a block, decided once from its footer. */
import type { LogicalType } from '../../plan/schema.js';
import { type ColumnNeeds, type LinkColumn, needsWholeTraces, SPAN_COLUMNS } from '../../plan/schema.js';
import { missingColumns } from '../cache/column-sets.js';
import type { BlockMeta } from '../meta.js';
import type { FlatType } from './flat/flat-chunk.js';
import {
  hasProtoEvents,
  hasProtoLinks,
  keysOf,
  planLeaves,
  planScope,
  requiredLeaf,
  type ScopePlan,
  SPAN_LEAVES,
} from './layout.js';
import type { Footer } from './parquet/footer.js';
import { PhysicalType } from './parquet/parquet-format.js';
import type { Leaf } from './parquet/schema-tree.js';

/** A column whose values are copied as they are. */
export interface Transplanted {
  readonly name: string;
  readonly leaf: Leaf;
  readonly type: FlatType;
}

/** A column of the instrumentation scope, spread over its spans. */
interface ScopeText {
  readonly name: string;
  readonly leaf: Leaf;
}

interface TracePlan {
  readonly columns: readonly Transplanted[];
  /** These say which traces are irregular; absent where nobody asks. */
  readonly ids: { readonly span: Leaf; readonly parent: Leaf } | undefined;
}

/** What is read from a block, row group by row group. */
export interface BlockPlan {
  /** Absent where the flat files have all that is needed of their traces. */
  readonly traces: TracePlan | undefined;
  readonly spanColumns: readonly Transplanted[];
  readonly scopeTexts: readonly ScopeText[];
  /** Has one value in each span: what the structure is read from. */
  readonly anchor: Leaf;
  readonly attributes: readonly ScopePlan[];
  readonly events: ChildPlan | undefined;
  readonly links: ChildPlan | undefined;
  /** All columns to read. */
  readonly leaves: readonly Leaf[];
}

/** Events or links: rows inside of spans. */
export type ChildPlan = ListedChildren | ProtoEvents | ProtoLinks;

/** vParquet4 and later: a list in the span. */
interface ListedChildren {
  readonly kind: 'listed';
  /** Has one value in each row. */
  readonly anchor: Leaf;
  readonly columns: readonly Transplanted[];
  readonly attributes: ScopePlan;
}

/** Events of vParquet3: times instead of distances, and attributes as protobuf bytes. */
export interface ProtoEvents {
  readonly kind: 'proto-events';
  readonly anchor: Leaf;
  readonly columns: readonly Transplanted[];
  /** Present when the time since the span's start is needed. */
  readonly times: { readonly event: Leaf; readonly span: Leaf } | undefined;
  readonly attributes:
    | { readonly key: Leaf; readonly value: Leaf; readonly keys: readonly string[] }
    | undefined;
}

/** Links of vParquet3: one protobuf message a span. */
export interface ProtoLinks {
  readonly kind: 'proto-links';
  readonly message: Leaf;
  readonly columns: readonly LinkColumn[];
  readonly keys: readonly string[];
}

function childLeaves(plan: ChildPlan): readonly Leaf[] {
  switch (plan.kind) {
    case 'listed':
      return [plan.anchor, ...plan.columns.map(({ leaf }) => leaf), ...planLeaves(plan.attributes)];
    case 'proto-events': {
      const { times, attributes } = plan;
      return [
        plan.anchor,
        ...plan.columns.map(({ leaf }) => leaf),
        ...(times ? [times.event, times.span] : []),
        ...(attributes ? [attributes.key, attributes.value] : []),
      ];
    }
    case 'proto-links':
      return [plan.message];
  }
}

type StoredType = Extract<LogicalType, 'bytes' | 'text' | 'int64' | 'int32'>;

const PHYSICAL_OF: Readonly<Record<StoredType, number>> = {
  bytes: PhysicalType.BYTE_ARRAY,
  text: PhysicalType.BYTE_ARRAY,
  int64: PhysicalType.INT64,
  int32: PhysicalType.INT32,
};

function flatType(type: StoredType): FlatType {
  return { physical: PHYSICAL_OF[type], text: type === 'text', optional: false, list: false };
}

/**
 * The columns of `needs` but for those that flat files made for `have` have. Throws `ForeignFileError` when a column that every block has
 * is missing.
 */
export function planBlock(
  footer: Footer,
  block: BlockMeta,
  needs: ColumnNeeds,
  have?: ColumnNeeds,
): BlockPlan {
  const lacks = have === undefined ? needs : missingColumns(have, needs);
  const column = (name: string, path: string, stored: StoredType): Transplanted => {
    const type = flatType(stored);
    return { name, leaf: requiredLeaf(footer, path, type.physical), type };
  };
  const traces = planTraces(footer, column, needs, have);
  const spanColumns: Transplanted[] = [];
  const scopeTexts: ScopeText[] = [];
  for (const name of lacks.spans) {
    const leaf = SPAN_LEAVES[name];
    if (leaf) spanColumns.push(column(name, `rs.ss.Spans.${leaf}`, SPAN_COLUMNS[name]));
    else {
      const path = `rs.ss.Scope.${name === 'scope_name' ? 'Name' : 'Version'}`;
      scopeTexts.push({ name, leaf: requiredLeaf(footer, path, PhysicalType.BYTE_ARRAY) });
    }
  }
  // A column that is read anyway costs nothing more.
  const anchor =
    spanColumns.find(({ name }) => name === 'kind' || name === 'name')?.leaf ??
    requiredLeaf(footer, 'rs.ss.Spans.Kind', PhysicalType.INT64);
  const attributes = (['span', 'resource', 'instrumentation'] as const)
    .map((scope) => planScope(footer, block, scope, keysOf(lacks.spanAttributes, scope)))
    .filter((plan) => plan.keys.length > 0);
  const events = lacks.events && planEvents(footer, block, lacks.events, column);
  const links = lacks.links && planLinks(footer, block, lacks.links, column);
  const children = [events, links].filter((plan) => plan !== undefined);
  const leaves = new Set<Leaf>([
    ...(traces?.columns ?? []).map(({ leaf }) => leaf),
    ...(traces?.ids === undefined ? [] : [traces.ids.span, traces.ids.parent]),
    ...[...spanColumns, ...scopeTexts].map(({ leaf }) => leaf),
    anchor,
    ...attributes.flatMap(planLeaves),
    ...children.flatMap(childLeaves),
  ]);
  return {
    traces,
    spanColumns,
    scopeTexts,
    anchor,
    attributes,
    events,
    links,
    leaves: [...leaves],
  };
}

type ColumnOf = (name: string, path: string, stored: StoredType) => Transplanted;

function planTraces(
  footer: Footer,
  column: ColumnOf,
  needs: ColumnNeeds,
  have: ColumnNeeds | undefined,
): TracePlan | undefined {
  const brief =
    have === undefined
      ? [column('trace_id', 'TraceID', 'bytes'), column('start_ns', 'StartTimeUnixNano', 'int64')]
      : [];
  if (!needsWholeTraces(needs) || (have !== undefined && needsWholeTraces(have)))
    return have === undefined ? { columns: brief, ids: undefined } : undefined;
  return {
    columns: [
      ...brief,
      column('end_ns', 'EndTimeUnixNano', 'int64'),
      column('root_service', 'RootServiceName', 'text'),
      column('root_name', 'RootSpanName', 'text'),
    ],
    ids: {
      span: requiredLeaf(footer, 'rs.ss.Spans.SpanID', PhysicalType.BYTE_ARRAY),
      parent: requiredLeaf(footer, 'rs.ss.Spans.ParentSpanID', PhysicalType.BYTE_ARRAY),
    },
  };
}

function planEvents(
  footer: Footer,
  block: BlockMeta,
  needs: NonNullable<ColumnNeeds['events']>,
  column: ColumnOf,
): ChildPlan {
  const path = 'rs.ss.Spans.Events';
  const anchor = requiredLeaf(footer, `${path}.Name`, PhysicalType.BYTE_ARRAY);
  const names = needs.columns.includes('name') ? [column('name', `${path}.Name`, 'text')] : [];
  const timed = needs.columns.includes('time_since_start_ns');
  if (!hasProtoEvents(footer)) {
    const time = timed ? [column('time_since_start_ns', `${path}.TimeSinceStartNano`, 'int64')] : [];
    const attributes = planScope(footer, block, 'event', needs.attributes);
    return { kind: 'listed', anchor, columns: [...names, ...time], attributes };
  }
  const times = timed
    ? {
        event: requiredLeaf(footer, `${path}.TimeUnixNano`, PhysicalType.INT64),
        span: requiredLeaf(footer, 'rs.ss.Spans.StartTimeUnixNano', PhysicalType.INT64),
      }
    : undefined;
  const attributes =
    needs.attributes.length > 0
      ? {
          key: requiredLeaf(footer, `${path}.Attrs.Key`, PhysicalType.BYTE_ARRAY),
          value: requiredLeaf(footer, `${path}.Attrs.Value`, PhysicalType.BYTE_ARRAY),
          keys: needs.attributes,
        }
      : undefined;
  return { kind: 'proto-events', anchor, columns: names, times, attributes };
}

function planLinks(
  footer: Footer,
  block: BlockMeta,
  needs: NonNullable<ColumnNeeds['links']>,
  column: ColumnOf,
): ChildPlan {
  const path = 'rs.ss.Spans.Links';
  if (hasProtoLinks(footer)) {
    const message = requiredLeaf(footer, path, PhysicalType.BYTE_ARRAY);
    return { kind: 'proto-links', message, columns: needs.columns, keys: needs.attributes };
  }
  const paths = { trace_id: 'TraceID', span_id: 'SpanID' } as const;
  const columns = needs.columns.map((name) => column(name, `${path}.${paths[name]}`, 'bytes'));
  const anchor = requiredLeaf(footer, `${path}.TraceID`, PhysicalType.BYTE_ARRAY);
  return { kind: 'listed', anchor, columns, attributes: planScope(footer, block, 'link', needs.attributes) };
}

/** The columns that a file of events or links has, whatever rows there are; not `span` and attributes. */
export function childColumns(plan: ChildPlan): readonly { readonly name: string; readonly type: FlatType }[] {
  switch (plan.kind) {
    case 'listed':
      return plan.columns;
    case 'proto-events':
      return plan.times
        ? [...plan.columns, { name: 'time_since_start_ns', type: flatType('int64') }]
        : plan.columns;
    case 'proto-links':
      return plan.columns.map((name) => ({ name, type: flatType('bytes') }));
  }
}
