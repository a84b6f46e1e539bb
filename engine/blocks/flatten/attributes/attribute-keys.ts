/** Where the needed keys are in a list of attributes. */

import { corrupt } from '../error.js';
import { decodeByteArrays } from '../parquet/byte-arrays.js';
import { IntScratch, Ints } from '../parquet/growable.js';
import { decodeCodes, SLACK } from '../parquet/hybrid.js';
import { isDictionaryCoded, type Pages, pageBody } from '../parquet/pages.js';
import { Encoding } from '../parquet/parquet-format.js';
import type { Leaf } from '../parquet/schema-tree.js';
import { checkOwners, pageDefs, pageReps } from '../rows/structure.js';

const codeScratch = new IntScratch();

/** The needed attributes of a row group in file order; all arrays have `count` elements. */
export interface FoundKeys {
  readonly count: number;
  /** The entry of the `Key` column: what the value columns line up with. */
  readonly slots: Int32Array;
  /** The attribute's number (empty lists not counted): its value's place in a required column such as `IsArray`. */
  readonly ordinals: Int32Array;
  /** The span (resource, scope, event, link) that has the attribute. */
  readonly rows: Int32Array;
  /** Which of the needed keys. */
  readonly keys: Int32Array;
}

/**
 * Finds `wanted` keys in the column `leaf` (`….Attrs.Key`); `owners` is the number of rows around it. Throws `CorruptError`.
 */
export function findKeys(pages: Pages, leaf: Leaf, wanted: readonly string[], owners: number): FoundKeys {
  const depth = leaf.maxRep;
  const ownerDef = leaf.listDef[depth - 1]!;
  const present = leaf.maxDef;
  const names = new Map(wanted.map((key, index) => [key, index]));
  // By code: number of the needed key, or -1. Pages without dictionary have the number, plus one, for a code.
  const identity = Int32Array.from({ length: wanted.length + 1 }, (_, code) => code - 1);
  let dictionary: Int32Array | undefined;
  const slots = new Ints(1 << 16);
  const ordinals = new Ints(1 << 16);
  const rows = new Ints(1 << 16);
  const keys = new Ints(1 << 16);
  let slot = 0;
  let ordinal = 0;
  let owner = -1;
  for (const page of pages.data) {
    const entries = page.entries;
    const values = entries - page.nulls;
    const codes = codeScratch.get(values + SLACK);
    let keyOf: Int32Array = identity;
    if (values > 0) {
      if (isDictionaryCoded(page)) {
        if (!pages.dictionary) corrupt('a page needs a dictionary that is not there');
        dictionary ??= numberKeys(
          pageBody(pages.dictionary),
          Encoding.PLAIN,
          pages.dictionary.entries,
          names,
        );
        keyOf = dictionary;
        decodeCodes(pageBody(page), codes, values);
      } else {
        const numbers = numberKeys(pageBody(page), page.encoding, values, names);
        for (let i = 0; i < values; i++) codes[i] = numbers[i]! + 1;
      }
    }
    const reps = pageReps(page, leaf);
    const defs = pageDefs(page, leaf);
    const before = slots.length;
    const out = {
      slots: slots.reserve(values),
      ordinals: ordinals.reserve(values),
      rows: rows.reserve(values),
      keys: keys.reserve(values),
    };
    const levels = { reps, defs, depth, ownerDef, present };
    owner = scanPage(levels, entries, values, codes, keyOf, slot, ordinal, owner, before, out);
    const to = before + pageFound;
    slots.length = ordinals.length = rows.length = keys.length = to;
    slot += entries;
    ordinal += values;
  }
  checkOwners(owner + 1, owners, leaf);
  if (rows.length > 0 && rows.array[0]! < 0) corrupt('has levels that contradict each other');
  return {
    count: slots.length,
    slots: slots.values(),
    ordinals: ordinals.values(),
    rows: rows.values(),
    keys: keys.values(),
  };
}

interface PageLevels {
  readonly reps: Uint8Array;
  readonly defs: Uint8Array;
  readonly depth: number;
  readonly ownerDef: number;
  readonly present: number;
}

/** How many keys the last `scanPage` found. */
let pageFound = 0;

/** The hot loop, alone so that the compiler soon has all of it. Returns the last owner; sets `pageFound`. */
function scanPage(
  { reps, defs, depth, ownerDef, present }: PageLevels,
  entries: number,
  values: number,
  codes: Int32Array,
  keyOf: Int32Array,
  slot: number,
  ordinal: number,
  ownerBefore: number,
  before: number,
  out: Pick<FoundKeys, 'slots' | 'ordinals' | 'rows' | 'keys'>,
): number {
  const { slots, ordinals, rows, keys } = out;
  let owner = ownerBefore;
  let to = before;
  let value = 0;
  for (let i = 0; i < entries; i++) {
    const def = defs[i]!;
    if (reps[i]! < depth && def >= ownerDef) owner++;
    if (def === present) {
      if (value >= values) corrupt('has levels that contradict each other');
      const key = keyOf[codes[value]!];
      if (key !== -1) {
        if (key === undefined) corrupt('a dictionary code is out of range');
        slots[to] = slot + i;
        ordinals[to] = ordinal + value;
        rows[to] = owner;
        keys[to] = key;
        to++;
      }
      value++;
    }
  }
  if (value !== values) corrupt('has levels that contradict each other');
  pageFound = to - before;
  return owner;
}

function numberKeys(
  body: Uint8Array,
  encoding: number,
  count: number,
  names: ReadonlyMap<string, number>,
): Int32Array {
  const texts = decodeByteArrays(body, encoding, count);
  const longest = Math.max(0, ...[...names.keys()].map((name) => Buffer.byteLength(name)));
  const heap = Buffer.from(texts.heap.buffer, texts.heap.byteOffset, texts.heap.length);
  const numbers = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const start = texts.starts[i]!;
    const length = texts.lengths[i]!;
    numbers[i] = length > longest ? -1 : (names.get(heap.toString('utf8', start, start + length)) ?? -1);
  }
  return numbers;
}
