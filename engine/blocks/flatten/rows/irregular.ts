/** Traces whose rows must be recomputed before rules see them: several roots, spans that share an id, ids of zeros; and those without spans, of which nothing is left then. */
import { decodeByteArrays } from '../parquet/byte-arrays.js';
import { decodeDelta32 } from '../parquet/delta.js';
import { ascending, ByteScratch, IntScratch } from '../parquet/growable.js';
import { decodeCodes, SLACK } from '../parquet/hybrid.js';
import { type DataPage, isDictionaryCoded, type Pages, pageBody } from '../parquet/pages.js';
import { Encoding } from '../parquet/parquet-format.js';
import { StringStore } from './stores.js';
import type { SpanStructure } from './structure.js';

const idScratch = new IntScratch();
const lengthScratch = new IntScratch();
const kindScratch = new ByteScratch();
const placeScratch = new IntScratch();

/** A byte a trace, 1 for an irregular one. Throws `CorruptError`. */
export function irregularTraces(structure: SpanStructure, spanIds: Pages, parentIds: Pages): Uint8Array {
  const flags = new Uint8Array(structure.traces).fill(1);
  for (const trace of structure.traceOf) flags[trace] = 0;
  markRoots(flags, structure, parentIds);
  markSharedIds(flags, structure, spanIds);
  return flags;
}

/** What a parent id says of its span. */
const NAMED = 0;
/** Empty. */
const ROOT = 1;
/** Zeros, which are no id: a root that Tempo took for none. */
const ZEROS = 2;

function markRoots(flags: Uint8Array, { traceOf, spans }: SpanStructure, parentIds: Pages): void {
  let before = -1;
  let span = 0;
  for (const page of parentIds.data) {
    const count = Math.min(page.entries - page.nulls, spans - span);
    before = markRootsOfPage(flags, parentKinds(page, parentIds), count, traceOf, span, before);
    span += count;
  }
}

/** Of `count` spans from `first` on; `before` is the trace of the root before them. Returns that of the last root. */
function markRootsOfPage(
  flags: Uint8Array,
  kinds: Uint8Array,
  count: number,
  traceOf: Int32Array,
  first: number,
  before: number,
): number {
  let last = before;
  for (let i = 0; i < count; i++) {
    const kind = kinds[i];
    if (kind === NAMED) continue;
    const trace = traceOf[first + i]!;
    if (trace === last || kind === ZEROS) flags[trace] = 1;
    last = trace;
  }
  return last;
}

/** What each parent id of a page is. */
function parentKinds(page: DataPage, pages: Pages): Uint8Array {
  const values = page.entries - page.nulls;
  const body = pageBody(page);
  if (page.encoding === Encoding.DELTA_LENGTH_BYTE_ARRAY) {
    const lengths = lengthScratch.get(values);
    const start = values > 0 ? decodeDelta32(body, 0, lengths, 0, values) : 0;
    return kindsOf(body, lengths, start, values);
  }
  if (!isDictionaryCoded(page) || !pages.dictionary) {
    const { heap, starts, lengths } = decodeByteArrays(body, page.encoding, values);
    return Uint8Array.from(lengths, (length, i) => kindOf(heap, starts[i]!, length));
  }
  const { entries } = pages.dictionary;
  const { heap, starts, lengths } = decodeByteArrays(pageBody(pages.dictionary), Encoding.PLAIN, entries);
  const codes = new Int32Array(values + SLACK);
  decodeCodes(body, codes, values);
  return Uint8Array.from(codes.subarray(0, values), (code) =>
    code < entries ? kindOf(heap, starts[code]!, lengths[code]!) : NAMED,
  );
}

/** Of ids that are one behind the other from `start` on. */
function kindsOf(body: Uint8Array, lengths: Int32Array, start: number, count: number): Uint8Array {
  const kinds = kindScratch.get(count);
  let position = start;
  for (let i = 0; i < count; i++) {
    const length = lengths[i]!;
    kinds[i] = length === 0 ? ROOT : body[position] === 0 ? kindOf(body, position, length) : NAMED;
    position += length;
  }
  return kinds;
}

function kindOf(bytes: Uint8Array, position: number, length: number): number {
  if (length === 0) return ROOT;
  for (let i = position; i < position + length; i++) if (bytes[i] !== 0) return NAMED;
  return ZEROS;
}

function markSharedIds(flags: Uint8Array, { traceOf, spans }: SpanStructure, spanIds: Pages): void {
  const ids = readIds(spanIds, spans);
  for (let first = 0; first < spans; ) {
    const end = endOfTrace(traceOf, first, spans);
    const shared = end - first <= FEW_SPANS ? sharedByPairs(ids, first, end) : sharedByHash(ids, first, end);
    if (shared) flags[traceOf[first]!] = 1;
    first = end;
  }
}

/** Up to so many spans of a trace are compared with each other. */
const FEW_SPANS = 12;

function endOfTrace(traceOf: Int32Array, first: number, spans: number): number {
  const trace = traceOf[first];
  let end = first + 1;
  while (end < spans && traceOf[end] === trace) end++;
  return end;
}

/** Whether two of the spans have one id, or any has one of zeros. */
function sharedByPairs(ids: Int32Array, first: number, end: number): boolean {
  for (let i = first; i < end; i++) {
    const low = ids[2 * i]!;
    const high = ids[2 * i + 1]!;
    if (low === 0 && high === 0) return true;
    for (let j = first; j < i; j++) if (ids[2 * j] === low && ids[2 * j + 1] === high) return true;
  }
  return false;
}

/** Span numbers plus one by a hash of their ids, 0 for a free place. */
let table = new Int32Array(64);

/** The same of many spans. */
function sharedByHash(ids: Int32Array, first: number, end: number): boolean {
  let size = 64;
  while (size < (end - first) * 2) size *= 2;
  if (table.length < size) table = new Int32Array(size);
  else table.fill(0, 0, size);
  const mask = size - 1;
  for (let i = first; i < end; i++) {
    const low = ids[2 * i]!;
    const high = ids[2 * i + 1]!;
    if (low === 0 && high === 0) return true;
    let place = (low ^ Math.imul(high, 0x9e3779b1)) & mask;
    place = (place ^ (low >>> 15)) & mask;
    for (let held = table[place]!; held !== 0; held = table[place]!) {
      const other = held - 1;
      if (ids[2 * other] === low && ids[2 * other + 1] === high) return true;
      place = (place + 1) & mask;
    }
    table[place] = i + 1;
  }
  return false;
}

/** Span ids as two words each: as they are when they have 8 bytes, hashed otherwise; zeros for none. */
function readIds(pages: Pages, spans: number): Int32Array {
  const ids = idScratch.get(spans * 2);
  const bytes = new Uint8Array(ids.buffer, ids.byteOffset, spans * 8);
  let span = 0;
  for (const page of pages.data) {
    const values = Math.min(page.entries - page.nulls, spans - span);
    if (values === 0) continue;
    if (page.encoding === Encoding.DELTA_LENGTH_BYTE_ARRAY && page.entries - page.nulls === values) {
      const body = pageBody(page);
      const lengths = placeScratch.get(values);
      const start = decodeDelta32(body, 0, lengths, 0, values);
      if (allEight(lengths, values) && body.length - start >= values * 8) {
        bytes.set(body.subarray(start, start + values * 8), span * 8);
        span += values;
        continue;
      }
    }
    const store = new StringStore('bare');
    store.take(page, pages.dictionary, ascending(values), values);
    for (let i = 0; i < values; i++, span++) {
      const id = store.pool.bytes(store.codes.array[i]!);
      if (id.length === 8) bytes.set(id, span * 8);
      else if (kindOf(id, 0, id.length) !== NAMED) ids.fill(0, 2 * span, 2 * span + 2);
      else hashId(id, ids, span);
    }
  }
  return ids;
}

function allEight(lengths: Int32Array, count: number): boolean {
  for (let i = 0; i < count; i++) if (lengths[i] !== 8) return false;
  return true;
}

/** FNV-1a, twice. */
function hashId(id: Uint8Array, ids: Int32Array, span: number): void {
  let low = 0x811c9dc5;
  let high = id.length;
  for (const byte of id) {
    low = Math.imul(low ^ byte, 0x01000193);
    high = Math.imul(high + byte, 0x5bd1e995) ^ (high >>> 13);
  }
  ids[2 * span] = low;
  ids[2 * span + 1] = high;
}
