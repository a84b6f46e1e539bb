/** One row group of a block as one row group of each flat file. */
import { readAttributes } from './attributes/attributes.js';
import { type Cells, cellsOfRows, expand } from './attributes/cells.js';
import type { ParsedColumns } from './attributes/parsed-columns.js';
import { addChildren } from './children.js';
import type { FlatChunk, FlatType } from './flat/flat-chunk.js';
import { attributeFlatType, boolColumn, textColumn } from './flat/flat-column.js';
import { addAttributes, numbered, transplantAll } from './flat/flat-parts.js';
import type { FlatFiles } from './flat/paths.js';
import { PhysicalType } from './parquet/parquet-format.js';
import { type BlockPlan, childColumns } from './plan.js';
import { gatherRows } from './rows/gather-rows.js';
import { irregularTraces } from './rows/irregular.js';
import { StringStore } from './rows/stores.js';
import { readSpanStructure, type SpanStructure } from './rows/structure.js';

/** Rows of a row group, which are traces: all of them, or those of a range of ids. */
export interface GroupRows {
  readonly rows: number;
  readonly columns: ParsedColumns;
}

/** Flattens row groups in order; numbers of traces and spans run on from one to the next. */
export class GroupFlattener {
  /** Of the row groups so far. */
  traces = 0;
  spans = 0;

  constructor(
    private readonly plan: BlockPlan,
    private readonly files: FlatFiles,
    /** Whether the files are new, and lack even the numbers of the traces of spans. */
    private readonly fresh: boolean,
  ) {}

  /** Of so many rows. Throws `CorruptError`, `UnknownShapeError`. */
  flatten({ rows, columns }: GroupRows): void {
    const { plan, files } = this;
    // A row group without a single span has no pages to read the structure from.
    const anchorPages = columns.pages(plan.anchor);
    const structure = anchorPages ? readSpanStructure(anchorPages, plan.anchor, rows) : emptyStructure(rows);
    this.addTraces(columns, structure);
    this.addSpans(columns, structure);
    if (plan.events && files.events) {
      addChildren(files.events, plan.events, columns, structure.spans, this.spans);
    }
    if (plan.links && files.links) {
      addChildren(files.links, plan.links, columns, structure.spans, this.spans);
    }
    this.traces += structure.traces;
    this.spans += structure.spans;
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
    for (const { name, type } of plan.traces?.columns ?? []) files.traces?.declare(name, type);
    if (plan.traces?.ids) files.traces?.declare('irregular', required(PhysicalType.BOOLEAN));
    files.spans?.declare('trace', required(PhysicalType.INT32));
    for (const { name, type } of plan.spanColumns) files.spans?.declare(name, type);
    for (const { name } of plan.scopeTexts) {
      files.spans?.declare(name, { ...attributeFlatType('s'), optional: false });
    }
    for (const [file, child] of [[files.events, plan.events] as const, [files.links, plan.links] as const]) {
      file?.declare('span', required(PhysicalType.INT32));
      for (const { name, type } of child ? childColumns(child) : []) file?.declare(name, type);
    }
  }

  private addTraces(columns: ParsedColumns, structure: SpanStructure): void {
    const { traces } = this.plan;
    if (traces === undefined) return;
    const flat = new Map<string, FlatChunk>();
    transplantAll(flat, traces.columns, columns, structure.traces);
    if (traces.ids !== undefined) {
      const { span, parent } = traces.ids;
      const irregular = irregularTraces(structure, columns.required(span), columns.required(parent));
      flat.set('irregular', boolColumn(irregular));
    }
    this.files.traces?.addRowGroup(structure.traces, flat);
  }

  private addSpans(columns: ParsedColumns, structure: SpanStructure): void {
    const { plan, files } = this;
    if (files.spans === undefined) return;
    const { spans } = structure;
    const flat = new Map<string, FlatChunk>();
    if (this.fresh) flat.set('trace', numbered(structure.traceOf, this.traces));
    transplantAll(flat, plan.spanColumns, columns, spans);
    for (const { name, leaf } of plan.scopeTexts) {
      const store = new StringStore();
      const values = gatherRows(columns.required(leaf), leaf, 2, structure.scopes, store);
      const cells = cellsOfRows(values, store).byType.s;
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
      const spread = (cells: Cells): Cells => (ownerOf ? expand(cells, owners, ownerOf) : cells);
      addAttributes(flat, scope, scopePlan.keys, all, spans, spread);
    }
    files.spans.addRowGroup(spans, flat);
  }
}

function emptyStructure(traces: number): SpanStructure {
  const none = new Int32Array(0);
  return { traces, resources: 0, scopes: 0, spans: 0, traceOf: none, resourceOf: none, scopeOf: none };
}
