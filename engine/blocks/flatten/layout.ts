/** Where things are in a block: which columns hold what a run needs. */
import type { AttributeKey, SpanColumn, StoredScope } from '../../plan/schema.js';
import type { BlockMeta } from '../meta.js';
import { ForeignFileError } from './error.js';
import type { Footer } from './parquet/footer.js';
import { PhysicalType } from './parquet/parquet-format.js';
import type { Leaf } from './parquet/schema-tree.js';

/** How the attributes of a scope are stored. */
interface ScopeLayout {
  /** What its columns' paths begin with. */
  readonly path: string;
  /** In how many lists its rows are: 3 for spans (resource spans, scope spans, spans). */
  readonly depth: number;
}

const SCOPES: Readonly<Record<StoredScope, ScopeLayout>> = {
  resource: { path: 'rs.Resource', depth: 1 },
  instrumentation: { path: 'rs.ss.Scope', depth: 2 },
  span: { path: 'rs.ss.Spans', depth: 3 },
  event: { path: 'rs.ss.Spans.Events', depth: 4 },
  link: { path: 'rs.ss.Spans.Links', depth: 4 },
};

/** vparquet3 and vparquet4 have columns of their own for these (`schema.go` there); all versions for `service.name`. */
const FIXED: Readonly<Partial<Record<StoredScope, ReadonlyMap<string, string>>>> = {
  resource: new Map([
    ['service.name', 'ServiceName'],
    ['cluster', 'Cluster'],
    ['namespace', 'Namespace'],
    ['pod', 'Pod'],
    ['container', 'Container'],
    ['k8s.cluster.name', 'K8sClusterName'],
    ['k8s.namespace.name', 'K8sNamespaceName'],
    ['k8s.pod.name', 'K8sPodName'],
    ['k8s.container.name', 'K8sContainerName'],
  ]),
  span: new Map([
    ['http.method', 'HttpMethod'],
    ['http.url', 'HttpUrl'],
    ['http.status_code', 'HttpStatusCode'],
  ]),
};

/** The keys of a scope that may have a column of their own in a block of some version, dedicated ones included. */
export function directKeys(block: BlockMeta, scope: StoredScope): readonly string[] {
  const dedicated = block.dedicatedColumns.filter((column) => column.scope === scope).map(({ name }) => name);
  return [...new Set([...(FIXED[scope]?.keys() ?? []), ...dedicated])];
}

/** Whether events have a time instead of a distance from the start of their span, and protobuf messages for values of attributes: vParquet3. */
export function hasProtoEvents({ leaves }: Footer): boolean {
  return leaves.has('rs.ss.Spans.Events.TimeUnixNano');
}

/** Whether all links of a span are one protobuf message: vParquet3. */
export function hasProtoLinks({ leaves }: Footer): boolean {
  return leaves.has('rs.ss.Spans.Links');
}

/** The columns of the spans that are transplanted, by `SPAN_COLUMNS`. */
export const SPAN_LEAVES: Readonly<Partial<Record<SpanColumn, string>>> = {
  span_id: 'SpanID',
  parent_id: 'ParentSpanID',
  name: 'Name',
  kind: 'Kind',
  status: 'StatusCode',
  status_message: 'StatusMessage',
  start_ns: 'StartTimeUnixNano',
  duration_ns: 'DurationNano',
  nested_left: 'NestedSetLeft',
  nested_right: 'NestedSetRight',
  nested_parent: 'ParentID',
};

/** A column that holds one attribute by itself. */
export interface DirectColumn {
  readonly key: string;
  readonly leaf: Leaf;
  readonly kind: 's' | 'i';
  /** `Resource.ServiceName` is required: '' means that there is none, and TraceQL compares it as the empty text. */
  readonly emptyIsAbsent: boolean;
}

/** The list of all other attributes of a scope. */
export interface ListColumns {
  readonly key: Leaf;
  /** Absent in vParquet3 and in early files of vParquet4. */
  readonly isArray: Leaf | undefined;
  readonly values: readonly { readonly kind: 's' | 'i' | 'd' | 'b'; readonly leaf: Leaf }[];
}

/** What is read for the attributes of one scope. */
export interface ScopePlan {
  readonly scope: StoredScope;
  readonly depth: number;
  readonly keys: readonly string[];
  /** Dedicated columns before fixed ones. */
  readonly direct: readonly DirectColumn[];
  readonly list: ListColumns | undefined;
}

/** Every leaf that a plan reads. */
export function planLeaves(plan: ScopePlan): readonly Leaf[] {
  const list = plan.list;
  const listed = list
    ? [list.key, ...(list.isArray ? [list.isArray] : []), ...list.values.map(({ leaf }) => leaf)]
    : [];
  return [...plan.direct.map(({ leaf }) => leaf), ...listed];
}

/** A column that every block has; a `ForeignFileError` when it is missing or of another type. */
export function requiredLeaf(footer: Footer, path: string, type: number): Leaf {
  const leaf = footer.leaves.get(path);
  if (!leaf) throw new ForeignFileError(`has no column ${path}`);
  if (leaf.type !== type) throw new ForeignFileError(`has a column ${path} of another type`);
  return leaf;
}

function typedLeaf(footer: Footer, path: string, type: number): Leaf | undefined {
  return footer.leaves.has(path) ? requiredLeaf(footer, path, type) : undefined;
}

const VALUE_COLUMNS = [
  ['s', 'Value', PhysicalType.BYTE_ARRAY],
  ['i', 'ValueInt', PhysicalType.INT64],
  ['d', 'ValueDouble', PhysicalType.DOUBLE],
  ['b', 'ValueBool', PhysicalType.BOOLEAN],
] as const;

/** Where the attributes `keys` of a scope are. A scope that the version does not have gives a plan without columns. */
export function planScope(
  footer: Footer,
  block: BlockMeta,
  scope: StoredScope,
  keys: readonly string[],
): ScopePlan {
  const { path, depth } = SCOPES[scope];
  const direct: DirectColumn[] = [];
  for (const key of keys) {
    const dedicated = dedicatedColumn(footer, block, scope, key);
    if (dedicated) direct.push({ key, ...dedicated, emptyIsAbsent: false });
    const name = FIXED[scope]?.get(key);
    const leaf = name === undefined ? undefined : footer.leaves.get(`${path}.${name}`);
    if (leaf && (leaf.type === PhysicalType.BYTE_ARRAY || leaf.type === PhysicalType.INT64)) {
      const kind = leaf.type === PhysicalType.INT64 ? 'i' : 's';
      direct.push({ key, leaf, kind, emptyIsAbsent: key === 'service.name' });
    }
  }
  const isListed = keys.some((key) => !hasOwnColumnAlone(direct, key));
  return { scope, depth, keys, direct, list: isListed ? listColumns(footer, path) : undefined };
}

/** Every resource has a text for the service in a column, so nothing in the list is one. */
export function hasOwnColumnAlone(direct: readonly DirectColumn[], key: string): boolean {
  return direct.some((column) => column.key === key && column.emptyIsAbsent);
}

/** `undefined` in vParquet3 for events, links (proto bytes: `proto-attributes.ts`) and scopes (none). */
function listColumns(footer: Footer, path: string): ListColumns | undefined {
  const key = typedLeaf(footer, `${path}.Attrs.Key`, PhysicalType.BYTE_ARRAY);
  if (!key || !footer.leaves.has(`${path}.Attrs.ValueInt`)) return undefined;
  return {
    key,
    isArray: typedLeaf(footer, `${path}.Attrs.IsArray`, PhysicalType.BOOLEAN),
    values: VALUE_COLUMNS.map(([kind, name, type]) => ({
      kind,
      leaf: requiredLeaf(footer, `${path}.Attrs.${name}`, type),
    })),
  };
}

/**
 * The n-th dedicated column of a type within its scope is `String0n` or `Int0n`, in the order of meta.json
 * (`dedicatedColumnsToColumnMapping` of vparquet5/dedicated_columns.go). Unused ones are not in a vParquet5 file.
 */
function dedicatedColumn(
  footer: Footer,
  block: BlockMeta,
  scope: StoredScope,
  key: string,
): { readonly leaf: Leaf; readonly kind: 's' | 'i' } | undefined {
  const numbers = { string: 0, int: 0 };
  // A later column of the same name replaces an earlier one, as Tempo's map does.
  let found: { readonly leaf: Leaf; readonly kind: 's' | 'i' } | undefined;
  for (const column of block.dedicatedColumns) {
    if (column.scope !== scope) continue;
    const number = String(++numbers[column.type]).padStart(2, '0');
    if (column.name !== key) continue;
    const name = `${column.type === 'string' ? 'String' : 'Int'}${number}`;
    const type = column.type === 'string' ? PhysicalType.BYTE_ARRAY : PhysicalType.INT64;
    const leaf = typedLeaf(footer, `${SCOPES[scope].path}.DedicatedAttributes.${name}`, type);
    if (leaf) found = { leaf, kind: column.type === 'string' ? 's' : 'i' };
  }
  return found;
}

/** The keys of `attributes` that are stored in `scope`. */
export function keysOf(attributes: readonly AttributeKey[], scope: StoredScope): readonly string[] {
  return [...new Set(attributes.filter((a) => a.scope === scope).map(({ key }) => key))];
}
