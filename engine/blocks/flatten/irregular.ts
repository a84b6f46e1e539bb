/** Traces whose rows must be recomputed before rules see them: several roots, or two spans of one id and kind. */
import { decodeByteArrays } from './byte-arrays.js';
import { decodeDelta32 } from './delta.js';
import { ascending, IntScratch } from './growable.js';
import { decodeCodes, SLACK } from './hybrid.js';
import { type DataPage, isDictionaryCoded, type Pages, pageBody } from './pages.js';
import { Encoding } from './parquet-format.js';
import { StringStore, WideStore } from './stores.js';
import type { SpanStructure } from './structure.js';

const idScratch = new IntScratch();
const lengthScratch = new IntScratch();
const placeScratch = new IntScratch();

/** A byte a trace, 1 for an irregular one. Throws `CorruptError`. */
export function irregularTraces(
  structure: SpanStructure,
  spanIds: Pages,
  parentIds: Pages,
  kinds: Pages,
): Uint8Array {
  const flags = new Uint8Array(structure.traces);
  markSeveralRoots(flags, structure, parentIds);
  markTwins(flags, structure, spanIds, kinds);
  return flags;
}

/** A root's parent id is empty: the lengths say it all. */
function markSeveralRoots(flags: Uint8Array, { traceOf, spans }: SpanStructure, parentIds: Pages): void {
  let before = -1;
  let span = 0;
  for (const page of parentIds.data) {
    const count = Math.min(page.entries - page.nulls, spans - span);
    before = markRoots(flags, textLengths(page, parentIds), count, traceOf, span, before);
    span += count;
  }
}

/** Of `count` spans from `first` on; `before` is the trace of the root before them. Returns that of the last root. */
function markRoots(
  flags: Uint8Array,
  lengths: Int32Array,
  count: number,
  traceOf: Int32Array,
  first: number,
  before: number,
): number {
  let last = before;
  for (let i = 0; i < count; i++) {
    if (lengths[i] !== 0) continue;
    const trace = traceOf[first + i]!;
    if (trace === last) flags[trace] = 1;
    last = trace;
  }
  return last;
}

function textLengths(page: DataPage, pages: Pages): Int32Array {
  const values = page.entries - page.nulls;
  const body = pageBody(page);
  if (page.encoding === Encoding.DELTA_LENGTH_BYTE_ARRAY) {
    const lengths = lengthScratch.get(values);
    if (values > 0) decodeDelta32(body, 0, lengths, 0, values);
    return lengths;
  }
  if (!isDictionaryCoded(page) || !pages.dictionary)
    return decodeByteArrays(body, page.encoding, values).lengths;
  const dictionary = decodeByteArrays(pageBody(pages.dictionary), Encoding.PLAIN, pages.dictionary.entries);
  const codes = new Int32Array(values + SLACK);
  decodeCodes(body, codes, values);
  return codes.map((code) => dictionary.lengths[code] ?? 0);
}

/** Two spans of one id in a trace are rare, so kinds are decoded only when there are such. */
function markTwins(flags: Uint8Array, { traceOf, spans }: SpanStructure, spanIds: Pages, kinds: Pages): void {
  const ids = readIds(spanIds, spans);
  let kindOf: Int32Array | undefined;
  const alike = (a: number, b: number): boolean => {
    kindOf ??= readKinds(kinds);
    return kindOf[2 * a] === kindOf[2 * b] && kindOf[2 * a + 1] === kindOf[2 * b + 1];
  };
  for (let first = 0; first < spans; ) {
    const end = endOfTrace(traceOf, first, spans);
    const twins =
      end - first <= FEW_SPANS ? twinsByPairs(ids, first, end, alike) : twinsByHash(ids, first, end, alike);
    if (twins) flags[traceOf[first]!] = 1;
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

type Alike = (a: number, b: number) => boolean;

function twinsByPairs(ids: Int32Array, first: number, end: number, alike: Alike): boolean {
  for (let i = first + 1; i < end; i++) {
    const low = ids[2 * i]!;
    for (let j = first; j < i; j++) {
      if (ids[2 * j] === low && ids[2 * j + 1] === ids[2 * i + 1] && alike(i, j)) return true;
    }
  }
  return false;
}

/** Span numbers plus one by a hash of their ids, 0 for a free place. */
let table = new Int32Array(64);

function twinsByHash(ids: Int32Array, first: number, end: number, alike: Alike): boolean {
  let size = 64;
  while (size < (end - first) * 2) size *= 2;
  if (table.length < size) table = new Int32Array(size);
  else table.fill(0, 0, size);
  const mask = size - 1;
  for (let i = first; i < end; i++) {
    const low = ids[2 * i]!;
    const high = ids[2 * i + 1]!;
    let place = (low ^ Math.imul(high, 0x9e3779b1)) & mask;
    place = (place ^ (low >>> 15)) & mask;
    for (let held = table[place]!; held !== 0; held = table[place]!) {
      const other = held - 1;
      if (ids[2 * other] === low && ids[2 * other + 1] === high && alike(i, other)) return true;
      place = (place + 1) & mask;
    }
    table[place] = i + 1;
  }
  return false;
}

/** Span ids as two words each: as they are when they have 8 bytes, hashed otherwise. */
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

function readKinds(pages: Pages): Int32Array {
  const store = new WideStore('i');
  for (const page of pages.data) {
    const values = page.entries - page.nulls;
    if (values > 0) store.take(page, pages.dictionary, ascending(values), values);
  }
  return store.halves.array;
}
