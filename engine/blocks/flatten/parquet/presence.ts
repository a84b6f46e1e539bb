/** Counts values before given places straight from packed definition levels, without unpacking them. */
import { corrupt } from '../error.js';

/** By level width and wanted level: how many of four packed levels are that one. */
const tables = new Map<number, Uint8Array>();

function tableOf(width: number, present: number): Uint8Array {
  const key = width * 8 + present;
  const known = tables.get(key);
  if (known) return known;
  const table = new Uint8Array(1 << (4 * width));
  const mask = (1 << width) - 1;
  for (let bits = 0; bits < table.length; bits++) {
    for (let i = 0; i < 4; i++) if (((bits >> (i * width)) & mask) === present) table[bits]!++;
  }
  tables.set(key, table);
  return table;
}

/** Widths that `rankPresent` knows. */
export const RANK_WIDTH = 3;

/**
 * For the ascending entries `targets[from … to)` minus `base`, all below `entries`: where the definition level is `present`
 * (greater than 0), appends the number of such levels before it to `picks` and sets `counts[target]` to 1. `def` holds
 * levels of `width` (1 … 3) bits as RLE / bit-packed runs. Returns how many picks there are. Throws `CorruptError`.
 */
export function rankPresent(
  def: Uint8Array,
  width: number,
  present: number,
  entries: number,
  targets: Int32Array,
  from: number,
  to: number,
  base: number,
  picks: Int32Array,
  counts: Int32Array,
): number {
  const table = tableOf(width, present);
  const half = 4 * width;
  const halfMask = (1 << half) - 1;
  const mask = (1 << width) - 1;
  const end = def.length;
  let taken = 0;
  let next = from;
  let rank = 0;
  let start = 0; // the entry that the run begins with
  let position = 0;
  while (next < to) {
    let head = 0;
    for (let shift = 0; ; shift += 7) {
      if (position >= end || shift > 28) corrupt('levels end early');
      const byte = def[position++]!;
      head |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    const length = head >>> 1;
    if ((head & 1) === 0) {
      if (position >= end || length === 0) corrupt('levels end early');
      const hit = def[position++] === present;
      const stop = Math.min(entries, start + length);
      for (; next < to && targets[next]! - base < stop; next++) {
        if (!hit) continue;
        picks[taken++] = rank + targets[next]! - base - start;
        counts[next] = 1;
      }
      if (hit) rank += stop - start;
      start = stop;
      continue;
    }
    let groups = Math.min(length, (entries - start + 7) >>> 3);
    if (groups === 0 || position + groups * width > end) corrupt('levels end early');
    const after = position + length * width;
    while (next < to) {
      const skipped = Math.min(groups, (targets[next]! - base - start) >> 3);
      for (let i = 0; i < skipped; i++) {
        const bits = loadGroup(def, position, width);
        rank += table[bits & halfMask]! + table[bits >>> half]!;
        position += width;
      }
      start += 8 * skipped;
      groups -= skipped;
      if (groups === 0) break;
      const bits = loadGroup(def, position, width);
      for (; next < to; next++) {
        const place = targets[next]! - base - start;
        if (place >= 8) break;
        const shift = place * width;
        if (((bits >>> shift) & mask) !== present) continue;
        const before = bits & ((1 << shift) - 1);
        picks[taken++] = rank + table[before & halfMask]! + table[before >>> half]!;
        counts[next] = 1;
      }
    }
    position = after;
  }
  return taken;
}

/**
 * Lists the entries whose packed level is `level` (greater than 0) in `out`, which has room for all; `width` is 1 … 3.
 * Returns how many there are: few, so that whole groups are passed over. Throws `CorruptError`.
 */
export function findLevel(
  levels: Uint8Array,
  width: number,
  level: number,
  entries: number,
  out: Int32Array,
): number {
  const table = tableOf(width, level);
  const half = 4 * width;
  const halfMask = (1 << half) - 1;
  const mask = (1 << width) - 1;
  const end = levels.length;
  let found = 0;
  let done = 0;
  let position = 0;
  while (done < entries) {
    let head = 0;
    for (let shift = 0; ; shift += 7) {
      if (position >= end || shift > 28) corrupt('levels end early');
      const byte = levels[position++]!;
      head |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    const length = head >>> 1;
    if (length === 0) corrupt('levels end early');
    if ((head & 1) === 0) {
      if (position >= end) corrupt('levels end early');
      const stop = Math.min(entries, done + length);
      if (levels[position++] === level) while (done < stop) out[found++] = done++;
      done = stop;
      continue;
    }
    const groups = Math.min(length, (entries - done + 7) >>> 3);
    const stop = position + groups * width;
    if (stop > end) corrupt('levels end early');
    for (; position < stop; position += width, done += 8) {
      const bits = loadGroup(levels, position, width);
      if (table[bits & halfMask] === 0 && table[bits >>> half] === 0) continue;
      for (let i = 0; i < 8 && done + i < entries; i++) {
        if (((bits >>> (i * width)) & mask) === level) out[found++] = done + i;
      }
    }
  }
  return found;
}

/** Eight levels. */
function loadGroup(def: Uint8Array, position: number, width: number): number {
  if (width === 3) return def[position]! | (def[position + 1]! << 8) | (def[position + 2]! << 16);
  return width === 2 ? def[position]! | (def[position + 1]! << 8) : def[position]!;
}
