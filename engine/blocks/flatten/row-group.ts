/** One row group of a block as one row group of each flat file. */
import {
  type AttributeType,
  type ColumnNeeds,
  type EventColumn,
  type LinkColumn,
  SPAN_COLUMNS,
} from '../../spans/schema.js';
import { attributeColumn } from '../flat.js';
import type { BlockMeta } from '../meta.js';
import { type GroupColumns, readAttributes } from './attributes.js';
import { type Cells, cellsOfRows, expand, type TypedCells } from './cells.js';
import { corrupt, ForeignFileError } from './error.js';
import {
  attributeColumnChunk,
  attributeFlatType,
  type Bounds,
  boolColumn,
  type FlatChunk,
  type FlatType,
  intColumn,
  textColumn,
  transplant,
} from './flat-column.js';
import type { ColumnChunk, Footer, RowGroup } from './footer.js';
import { gatherRows } from './gather.js';
import { irregularTraces } from './irregular.js';
import { keysOf, planLeaves, planScope, requiredLeaf, type ScopePlan, SPAN_LEAVES } from './layout.js';
import { type Pages, readPages } from './pages.js';
import { PhysicalType } from './parquet-format.js';
import type { FlatFiles } from './paths.js';
import type { Leaf } from './schema-tree.js';
import { StringStore } from './stores.js';
import { readOwners, readSpanStructure, type SpanStructure } from './structure.js';

interface Transplanted {
  readonly name: string;
  readonly leaf: Leaf;
  readonly type: FlatType;
}

interface ScopeText {
  readonly name: string;
  readonly leaf: Leaf;
}

/** What is read from a block, row group by row group. */
export interface BlockPlan {
  readonly traceColumns: readonly Transplanted[];
  readonly spanColumns: readonly Transplanted[];
  readonly scopeTexts: readonly ScopeText[];
  readonly spanId: Leaf;
  readonly parentId: Leaf;
  readonly kind: Leaf;
  readonly attributes: readonly ScopePlan[];
  readonly events: ChildPlan | undefined;
  readonly links: ChildPlan | undefined;
  /** All columns to read. */
  readonly leaves: readonly Leaf[];
  readonly needs: ColumnNeeds;
}

/** Events or links: rows inside of spans. */
interface ChildPlan {
  /** Has one value in each row. */
  readonly anchor: Leaf;
  readonly columns: readonly Transplanted[];
  readonly attributes: ScopePlan;
}

const PHYSICAL_OF: Readonly<Record<string, number>> = {
  BLOB: PhysicalType.BYTE_ARRAY,
  VARCHAR: PhysicalType.BYTE_ARRAY,
  BIGINT: PhysicalType.INT64,
  INTEGER: PhysicalType.INT32,
};

function flatType(duckType: string): FlatType {
  return { physical: PHYSICAL_OF[duckType]!, text: duckType === 'VARCHAR', optional: false, list: false };
}

/** Throws `ForeignFileError` when a column that every block has is missing. */
export function planBlock(footer: Footer, block: BlockMeta, needs: ColumnNeeds): BlockPlan {
  const column = (name: string, path: string, duckType: string): Transplanted => {
    const type = flatType(duckType);
    return { name, leaf: requiredLeaf(footer, path, type.physical), type };
  };
  const traceColumns = [
    column('trace_id', 'TraceID', 'BLOB'),
    column('start_ns', 'StartTimeUnixNano', 'BIGINT'),
    column('end_ns', 'EndTimeUnixNano', 'BIGINT'),
    column('root_service', 'RootServiceName', 'VARCHAR'),
    column('root_name', 'RootSpanName', 'VARCHAR'),
  ];
  const spanColumns: Transplanted[] = [];
  const scopeTexts: ScopeText[] = [];
  for (const name of needs.spans) {
    const leaf = SPAN_LEAVES[name];
    if (leaf) spanColumns.push(column(name, `rs.ss.Spans.${leaf}`, SPAN_COLUMNS[name]));
    else {
      const path = `rs.ss.Scope.${name === 'scope_name' ? 'Name' : 'Version'}`;
      scopeTexts.push({ name, leaf: requiredLeaf(footer, path, PhysicalType.BYTE_ARRAY) });
    }
  }
  const spanId = requiredLeaf(footer, 'rs.ss.Spans.SpanID', PhysicalType.BYTE_ARRAY);
  const parentId = requiredLeaf(footer, 'rs.ss.Spans.ParentSpanID', PhysicalType.BYTE_ARRAY);
  const kind = requiredLeaf(footer, 'rs.ss.Spans.Kind', PhysicalType.INT64);
  const attributes = (['span', 'resource', 'instrumentation'] as const)
    .map((scope) => planScope(footer, block, scope, keysOf(needs.spanAttributes, scope)))
    .filter((plan) => plan.keys.length > 0);
  const events = needs.events && planEvents(footer, block, needs.events, column);
  const links = needs.links && planLinks(footer, block, needs.links, column);
  const children = [events, links].filter((plan) => plan !== undefined);
  const leaves = new Set<Leaf>([
    ...[...traceColumns, ...spanColumns, ...scopeTexts].map(({ leaf }) => leaf),
    spanId,
    parentId,
    kind,
    ...attributes.flatMap(planLeaves),
    ...children.flatMap((plan) => [
      plan.anchor,
      ...plan.columns.map(({ leaf }) => leaf),
      ...planLeaves(plan.attributes),
    ]),
  ]);
  return {
    traceColumns,
    spanColumns,
    scopeTexts,
    spanId,
    parentId,
    kind,
    attributes,
    events,
    links,
    leaves: [...leaves],
    needs,
  };
}

type ColumnOf = (name: string, path: string, duckType: string) => Transplanted;

function planEvents(
  footer: Footer,
  block: BlockMeta,
  needs: { readonly columns: readonly EventColumn[]; readonly attributes: readonly string[] },
  column: ColumnOf,
): ChildPlan {
  const paths = { name: ['Name', 'VARCHAR'], time_since_start_ns: ['TimeSinceStartNano', 'BIGINT'] } as const;
  const columns = needs.columns.map((name) =>
    column(name, `rs.ss.Spans.Events.${paths[name][0]}`, paths[name][1]),
  );
  const anchor = requiredLeaf(footer, 'rs.ss.Spans.Events.Name', PhysicalType.BYTE_ARRAY);
  return { anchor, columns, attributes: planScope(footer, block, 'event', needs.attributes) };
}

function planLinks(
  footer: Footer,
  block: BlockMeta,
  needs: { readonly columns: readonly LinkColumn[]; readonly attributes: readonly string[] },
  column: ColumnOf,
): ChildPlan {
  const paths = { trace_id: 'TraceID', span_id: 'SpanID' } as const;
  const columns = needs.columns.map((name) => column(name, `rs.ss.Spans.Links.${paths[name]}`, 'BLOB'));
  const anchor = requiredLeaf(footer, 'rs.ss.Spans.Links.TraceID', PhysicalType.BYTE_ARRAY);
  return { anchor, columns, attributes: planScope(footer, block, 'link', needs.attributes) };
}

/** The pages of one row group's columns, parsed once each. */
class ParsedColumns implements GroupColumns {
  private readonly parsed = new Map<number, Pages>();

  constructor(
    private readonly group: RowGroup,
    private readonly chunks: ReadonlyMap<number, Uint8Array>,
  ) {}

  chunk(leaf: Leaf): ColumnChunk {
    return this.group.chunks[leaf.number]!;
  }

  entries(leaf: Leaf): number {
    return this.chunk(leaf).entries;
  }

  pages(leaf: Leaf): Pages | undefined {
    const known = this.parsed.get(leaf.number);
    if (known) return known;
    const bytes = this.chunks.get(leaf.number);
    if (!bytes) return undefined;
    const pages = readPages(bytes, leaf, this.chunk(leaf));
    this.parsed.set(leaf.number, pages);
    return pages;
  }

  /** A column without any value is one without pages. */
  required(leaf: Leaf): Pages {
    return this.pages(leaf) ?? { dictionary: undefined, data: [] };
  }
}

/** Flattens row groups in order; numbers of traces and spans run on from one to the next. */
export class GroupFlattener {
  constructor(
    private readonly plan: BlockPlan,
    private readonly files: FlatFiles,
  ) {}

  /** Throws `CorruptError`, `UnknownShapeError`. */
  flatten(group: RowGroup, chunks: ReadonlyMap<number, Uint8Array>): void {
    const columns = new ParsedColumns(group, chunks);
    const { plan, files } = this;
    // A row group without a single span has no pages to read the structure from.
    const kindPages = columns.pages(plan.kind);
    const structure = kindPages
      ? readSpanStructure(kindPages, plan.kind, group.rows)
      : emptyStructure(group.rows);
    const firstSpan = files.spans.rows;
    this.addTraces(columns, structure);
    this.addSpans(columns, structure);
    if (plan.events && files.events) {
      addChildren(files.events, plan.events, 'event', columns, structure.spans, firstSpan);
    }
    if (plan.links && files.links) {
      addChildren(files.links, plan.links, 'link', columns, structure.spans, firstSpan);
    }
  }

  /** Makes the columns of files that got no row group. */
  declareColumns(): void {
    const { plan, files } = this;
    const required = (physical: number): FlatType => ({
      physical,
      text: false,
      optional: false,
      list: false,
    });
    for (const { name, type } of plan.traceColumns) files.traces.declare(name, type);
    files.traces.declare('irregular', required(PhysicalType.BOOLEAN));
    files.spans.declare('trace', required(PhysicalType.INT32));
    for (const { name, type } of plan.spanColumns) files.spans.declare(name, type);
    for (const { name } of plan.scopeTexts) {
      files.spans.declare(name, { ...attributeFlatType('s'), optional: false });
    }
    for (const [file, child] of [[files.events, plan.events] as const, [files.links, plan.links] as const]) {
      file?.declare('span', required(PhysicalType.INT32));
      for (const { name, type } of child?.columns ?? []) file?.declare(name, type);
    }
  }

  private addTraces(columns: ParsedColumns, structure: SpanStructure): void {
    const { plan, files } = this;
    const flat = new Map<string, FlatChunk>();
    transplantAll(flat, plan.traceColumns, columns, structure.traces);
    const irregular = irregularTraces(
      structure,
      columns.required(plan.spanId),
      columns.required(plan.parentId),
      columns.required(plan.kind),
    );
    flat.set('irregular', boolColumn(irregular));
    files.traces.addRowGroup(structure.traces, flat);
  }

  private addSpans(columns: ParsedColumns, structure: SpanStructure): void {
    const { plan, files } = this;
    const { spans } = structure;
    const flat = new Map<string, FlatChunk>();
    flat.set('trace', numbered(structure.traceOf, files.traces.rows - structure.traces));
    transplantAll(flat, plan.spanColumns, columns, spans);
    for (const { name, leaf } of plan.scopeTexts) {
      const store = new StringStore();
      const values = gatherRows(columns.required(leaf), leaf, 2, structure.scopes, store);
      const cells = cellsOfRows(values, store).s;
      const empty: Cells = { store, rows: new Int32Array(0), at: new Int32Array(0), lengths: undefined };
      flat.set(name, textColumn(expand(cells ?? empty, structure.scopes, structure.scopeOf), spans));
    }
    for (const scopePlan of plan.attributes) {
      const { scope } = scopePlan;
      const [owners, ownerOf] =
        scope === 'resource'
          ? [structure.resources, structure.resourceOf]
          : scope === 'instrumentation'
            ? [structure.scopes, structure.scopeOf]
            : [spans, undefined];
      const all = readAttributes(scopePlan, columns, owners);
      addAttributes(flat, scopePlan, all, spans, (cells) =>
        ownerOf ? expand(cells, owners, ownerOf) : cells,
      );
    }
    files.spans.addRowGroup(spans, flat);
  }
}

function emptyStructure(traces: number): SpanStructure {
  const none = new Int32Array(0);
  return { traces, resources: 0, scopes: 0, spans: 0, traceOf: none, resourceOf: none, scopeOf: none };
}

function transplantAll(
  flat: Map<string, FlatChunk>,
  transplanted: readonly Transplanted[],
  columns: ParsedColumns,
  rows: number,
): void {
  for (const { name, leaf, type } of transplanted) {
    const chunk = columns.chunk(leaf);
    const bounds = name === 'start_ns' || name === 'end_ns' ? signedBounds(chunk) : undefined;
    flat.set(name, transplant(columns.required(leaf), chunk.codec, type, rows, bounds));
  }
}

/** Bounds of an unsigned column hold for signed numbers while the sign bit is clear. */
function signedBounds({ min, max }: ColumnChunk): Bounds | undefined {
  if (min?.length !== 8 || max?.length !== 8 || max[7]! > 127) return undefined;
  return { min, max };
}

/** A required column of row numbers, moved up by `base`; `local` ascends. */
function numbered(local: Int32Array, base: number): FlatChunk {
  if (base + (local.at(-1) ?? 0) > 0x7fffffff) corrupt('has more rows than can be numbered');
  const values = base === 0 ? local : local.map((row) => row + base);
  if (values.length === 0) return intColumn(values);
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return intColumn(values, { min: bytes.subarray(0, 4), max: bytes.subarray(bytes.length - 4) });
}

function addAttributes(
  flat: Map<string, FlatChunk>,
  plan: ScopePlan,
  all: readonly TypedCells[],
  rows: number,
  spread: (cells: Cells) => Cells,
): void {
  all.forEach((typed, i) => {
    const attribute = { scope: plan.scope, key: plan.keys[i]! };
    for (const [type, cells] of Object.entries(typed) as [AttributeType, Cells][]) {
      const spreadCells = spread(cells);
      if (spreadCells.rows.length === 0) continue;
      flat.set(attributeColumn(attribute, type), attributeColumnChunk(type, spreadCells, rows));
    }
  });
}

function addChildren(
  file: FlatFiles['spans'],
  plan: ChildPlan,
  scope: 'event' | 'link',
  columns: ParsedColumns,
  spans: number,
  firstSpan: number,
): void {
  const pages = columns.pages(plan.anchor);
  if (!pages) return;
  const owners = readOwners(pages, plan.anchor, spans);
  const flat = new Map<string, FlatChunk>();
  flat.set('span', numbered(owners, firstSpan));
  transplantAll(flat, plan.columns, columns, owners.length);
  if (plan.attributes.keys.length > 0) {
    if (plan.attributes.scope !== scope) throw new ForeignFileError(`has no attributes of ${scope}s`);
    const all = readAttributes(plan.attributes, columns, owners.length);
    addAttributes(flat, plan.attributes, all, owners.length, (cells) => cells);
  }
  file.addRowGroup(owners.length, flat);
}
