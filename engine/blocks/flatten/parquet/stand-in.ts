/**
 * Pages in place of those that are not read: as many entries, in the same lists, but nothing in them. What counts entries counts the same
 * with them, and every row that was read lies where it would lie.
 */
import { pageDefs, pageReps } from '../rows/structure.js';
import { bitWidth } from './hybrid.js';
import { encodeCodes, encodeRun, varint } from './hybrid-encode.js';
import type { PagePlace } from './page-index.js';
import type { DataPage, Pages } from './pages.js';
import { Codec, Encoding, PhysicalType } from './parquet-format.js';
import type { Leaf } from './schema-tree.js';

/** The levels of a column that was read whole. */
export interface Levels {
  readonly leaf: Leaf;
  readonly reps: Uint8Array;
  readonly defs: Uint8Array;
  /** The entry that each row begins with, and after the last how many entries there are. */
  readonly starts: Int32Array;
}

/** Of a row group with `rows` rows. */
export function levelsOf(pages: Pages, leaf: Leaf, rows: number): Levels {
  const entries = pages.data.reduce((sum, page) => sum + page.entries, 0);
  const reps = new Uint8Array(entries);
  const defs = new Uint8Array(entries);
  let first = 0;
  for (const page of pages.data) {
    reps.set(pageReps(page, leaf).subarray(0, page.entries), first);
    defs.set(pageDefs(page, leaf).subarray(0, page.entries), first);
    first += page.entries;
  }
  const starts = new Int32Array(rows + 1);
  let row = 0;
  for (let i = 0; i < entries && row < rows; i++) if (reps[i] === 0) starts[row++] = i;
  starts.fill(entries, row);
  return { leaf, reps, defs, starts };
}

/**
 * A page of `leaf` for the rows of `place`, empty lists and nulls wherever it may have them, zeros and empty texts elsewhere. The two columns
 * share their outermost `lists` lists; without a column to go by they share none. `dictionary`: entries of
 * the dictionary that codes the page, if one does.
 */
export function standInPage(
  leaf: Leaf,
  { firstRow, lastRow }: Pick<PagePlace, 'firstRow' | 'lastRow'>,
  like: Levels | undefined,
  lists: number,
  dictionary: number | undefined,
): DataPage {
  const rows = lastRow - firstRow;
  if (like === undefined || lists === 0)
    return pageOf(leaf, new Int32Array(rows), ofRows(leaf, rows), rows, dictionary);
  const [from, to] = [like.starts[firstRow]!, like.starts[lastRow]!];
  const reps = new Int32Array(to - from);
  const defs = new Int32Array(to - from);
  let entries = 0;
  for (let i = from; i < to; i++) {
    const rep = like.reps[i]!;
    if (rep > lists) continue;
    let present = 0;
    while (present < lists && like.defs[i]! >= like.leaf.listDef[present + 1]!) present++;
    reps[entries] = rep;
    defs[entries++] = leaf.listDef[present]!;
  }
  return pageOf(leaf, reps.subarray(0, entries), defs.subarray(0, entries), rows, dictionary);
}

function ofRows(leaf: Leaf, rows: number): Int32Array {
  return new Int32Array(rows).fill(leaf.listDef[0]!);
}

function pageOf(
  leaf: Leaf,
  reps: Int32Array,
  defs: Int32Array,
  rows: number,
  dictionary: number | undefined,
): DataPage {
  const entries = defs.length;
  const values = defs.reduce((sum, def) => sum + (def === leaf.maxDef ? 1 : 0), 0);
  const { encoding, body } =
    dictionary !== undefined && (values === 0 || dictionary > 0)
      ? firstOfDictionary(values)
      : nothing(leaf.type, values);
  const packed = (levels: Int32Array, max: number): Uint8Array =>
    max === 0 ? new Uint8Array(0) : encodeCodes(levels, entries, bitWidth(max));
  return {
    entries,
    nulls: entries - values,
    rows,
    encoding,
    rep: packed(reps, leaf.maxRep),
    def: packed(defs, leaf.maxDef),
    body,
    codec: Codec.UNCOMPRESSED,
    length: body.length,
  };
}

interface Values {
  readonly encoding: number;
  readonly body: Uint8Array;
}

/** The first entry so many times: the width of codes, then one run. */
function firstOfDictionary(values: number): Values {
  return { encoding: Encoding.RLE_DICTIONARY, body: Uint8Array.of(1, ...encodeRun(0, values)) };
}

/** So many zeros, empty texts or falses. */
function nothing(physical: number, values: number): Values {
  switch (physical) {
    case PhysicalType.INT32:
    case PhysicalType.INT64:
      return { encoding: Encoding.DELTA_BINARY_PACKED, body: deltaZeros(values) };
    case PhysicalType.BYTE_ARRAY:
      return { encoding: Encoding.DELTA_LENGTH_BYTE_ARRAY, body: deltaZeros(values) };
    case PhysicalType.BOOLEAN:
      return { encoding: Encoding.PLAIN, body: new Uint8Array((values + 7) >>> 3) };
    default:
      return { encoding: Encoding.PLAIN, body: new Uint8Array(8 * values) };
  }
}

const BLOCK = 128;
const MINIBLOCKS = 4;

/** DELTA_BINARY_PACKED ("Encodings.md" of parquet-format): the first value, then blocks of differences in miniblocks of no bits. */
function deltaZeros(values: number): Uint8Array {
  const bytes = [...varint(BLOCK), MINIBLOCKS, ...varint(values), 0];
  const blocks = values > 1 ? Math.ceil((values - 1) / BLOCK) : 0;
  const out = new Uint8Array(bytes.length + blocks * (1 + MINIBLOCKS));
  out.set(bytes);
  return out;
}
