/** Events and links as vParquet3 keeps them. */
import type { AttributeType } from '../../plan/schema.js';
import { type FoundKeys, findKeys } from './attributes/attribute-keys.js';
import { type Cells, cellsOfFound, type TypedCells, type ValueColumn } from './attributes/cells.js';
import type { ParsedColumns } from './attributes/parsed-columns.js';
import { corrupt } from './error.js';
import type { FlatChunk } from './flat/flat-chunk.js';
import { bytesColumn, wideColumn } from './flat/flat-column.js';
import type { FlatFile } from './flat/flat-file.js';
import { addAttributes, numbered } from './flat/flat-parts.js';
import { Ints } from './parquet/growable.js';
import type { Leaf } from './parquet/schema-tree.js';
import type { ProtoEvents, ProtoLinks } from './plan.js';
import { decodeAnyValue, decodeLinks, type ProtoLink, type ProtoValue, type ScalarValue } from './proto.js';
import { gatherSlots } from './rows/gather.js';
import { gatherRows } from './rows/gather-rows.js';
import { type AnyStore, BoolStore, StringStore, WideStore } from './rows/stores.js';

/** Adds what is not a plain column: the times and the attributes of the events that belong to the spans `owners`. */
export function addProtoEvents(
  flat: Map<string, FlatChunk>,
  plan: ProtoEvents,
  columns: ParsedColumns,
  owners: Int32Array,
): void {
  const rows = owners.length;
  if (plan.times) {
    const events = wideValues(columns, plan.times.event);
    const starts = wideValues(columns, plan.times.span);
    if (events.length !== rows) corrupt('has events without a time');
    const since = new BigInt64Array(rows);
    for (let i = 0; i < rows; i++) since[i] = events[i]! - starts[owners[i]!]!;
    flat.set('time_since_start_ns', wideColumn(new Int32Array(since.buffer)));
  }
  const { attributes } = plan;
  const keyPages = attributes && columns.pages(attributes.key);
  const valuePages = attributes && columns.pages(attributes.value);
  if (!attributes || !keyPages || !valuePages) return;
  const found = findKeys(keyPages, attributes.key, attributes.keys, rows);
  const store = new StringStore('bare');
  const { maxRep } = attributes.key;
  gatherSlots(valuePages, attributes.value, found.slots, maxRep, columns.entries(attributes.key), store);
  if (store.length !== found.count) corrupt('has attributes without a value');
  const values = Array.from({ length: found.count }, (_, i) =>
    decodeAnyValue(store.pool.bytes(store.codes.array[i]!)),
  );
  addAttributes(flat, 'event', attributes.keys, cellsOfProto(found, attributes.keys.length, values), rows);
}

/** All values of a required column, as signed numbers. */
function wideValues(columns: ParsedColumns, leaf: Leaf): BigInt64Array {
  const store = new WideStore('i');
  for (const page of columns.required(leaf).data) {
    const values = page.entries - page.nulls;
    if (values > 0)
      store.take(
        page,
        columns.pages(leaf)?.dictionary,
        Int32Array.from({ length: values }, (_, i) => i),
        values,
      );
  }
  return new BigInt64Array(store.halves.array.buffer, 0, store.length);
}

export function addProtoLinks(
  file: FlatFile,
  plan: ProtoLinks,
  columns: ParsedColumns,
  spans: number,
  firstSpan: number,
): void {
  const pages = columns.pages(plan.message);
  if (!pages) return;
  const store = new StringStore('bare');
  const { rows: spansWith } = gatherRows(pages, plan.message, 3, spans, store);
  const owners: number[] = [];
  const links: ProtoLink[] = [];
  spansWith.forEach((span, i) => {
    for (const link of decodeLinks(store.pool.bytes(store.codes.array[i]!))) {
      owners.push(span);
      links.push(link);
    }
  });
  const rows = links.length;
  const flat = new Map<string, FlatChunk>();
  flat.set('span', numbered(Int32Array.from(owners), firstSpan));
  const own = { trace_id: (link: ProtoLink) => link.traceId, span_id: (link: ProtoLink) => link.spanId };
  for (const name of plan.columns) flat.set(name, bytesColumn(bytesOf(links.map(own[name])), rows));
  const { found, values } = linkAttributes(links, plan.keys);
  addAttributes(flat, 'link', plan.keys, cellsOfProto(found, plan.keys.length, values), rows);
  file.addRowGroup(rows, flat);
}

function bytesOf(texts: readonly Uint8Array[]): Cells {
  const store = new StringStore('bare');
  const places = Int32Array.from(texts, (_, i) => i);
  for (const text of texts) store.push(text);
  return { store, rows: places, at: places, lengths: undefined };
}

function linkAttributes(
  links: readonly ProtoLink[],
  wanted: readonly string[],
): { readonly found: FoundKeys; readonly values: readonly ProtoValue[] } {
  const rows = new Ints();
  const keys = new Ints();
  const values: ProtoValue[] = [];
  links.forEach((link, row) => {
    for (const { key, value } of link.attributes) {
      const number = wanted.indexOf(key);
      if (number < 0) continue;
      rows.push(row);
      keys.push(number);
      values.push(value);
    }
  });
  const none = new Int32Array(0);
  const found = {
    count: values.length,
    rows: rows.values(),
    keys: keys.values(),
    slots: none,
    ordinals: none,
  };
  return { found, values };
}

/** Sorts decoded values into columns as `cellsOfFound` takes them. */
function cellsOfProto(
  found: FoundKeys,
  keyCount: number,
  values: readonly ProtoValue[],
): readonly TypedCells[] {
  const stores: Record<ScalarValue['kind'], AnyStore> = {
    s: new StringStore(),
    i: new WideStore('i'),
    d: new WideStore('d'),
    b: new BoolStore(),
  };
  const columns = (Object.keys(stores) as (AttributeType & ScalarValue['kind'])[]).map((kind) => ({
    kind,
    column: { store: stores[kind], counts: new Int32Array(values.length) } satisfies ValueColumn,
  }));
  const isArray = new Uint8Array(values.length);
  values.forEach((value, i) => {
    if (!value) return;
    if (value.array) isArray[i] = 1;
    for (const scalar of value.array ? value.values : [value.value]) {
      push(stores[scalar.kind], scalar);
      columns.find(({ kind }) => kind === scalar.kind)!.column.counts[i]!++;
    }
  });
  return cellsOfFound(
    found,
    keyCount,
    columns.map(({ column }) => column),
    isArray,
  );
}

function push(store: AnyStore, { value }: ScalarValue): void {
  if (store instanceof StringStore) store.push(value as Uint8Array);
  else if (store instanceof BoolStore) store.bits.push(value === true ? 1 : 0);
  else {
    const wide = store.kind === 'i' ? BigInt64Array.of(value as bigint) : Float64Array.of(value as number);
    const halves = new Int32Array(wide.buffer);
    store.halves.push(halves[0]!);
    store.halves.push(halves[1]!);
  }
}
