/** The RLE / bit-packed hybrid of parquet's levels and dictionary codes ("Encodings.md" of parquet-format, RLE = 3). */
import { corrupt } from '../error.js';

/** What a decoder may write past `count`, because a bit-packed run comes in groups of eight. */
export const SLACK = 8;

/** The bits that hold 0 … `max`. */
export function bitWidth(max: number): number {
  return max === 0 ? 0 : 32 - Math.clz32(max);
}

function tooShort(): never {
  return corrupt('levels or codes end early');
}

/**
 * Decodes `count` levels of `width` (0 … 7) bits from all of `src` into `out`, which has room for `SLACK` more. Trailing
 * bytes are no error. Throws `CorruptError`.
 */
export function decodeLevels(src: Uint8Array, width: number, out: Uint8Array, count: number): void {
  if (width === 0) {
    out.fill(0, 0, count);
    return;
  }
  const end = src.length;
  let position = 0;
  let to = 0;
  while (to < count) {
    let head = 0;
    for (let shift = 0; ; shift += 7) {
      if (position >= end || shift > 28) tooShort();
      const byte = src[position++]!;
      head |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    if ((head & 1) === 0) {
      if (position >= end) tooShort();
      const stop = Math.min(count, to + (head >>> 1));
      const value = src[position++]!;
      if (stop - to < 16) while (to < stop) out[to++] = value;
      else {
        out.fill(value, to, stop);
        to = stop;
      }
      continue;
    }
    const groups = Math.min(head >>> 1, (count - to + 7) >>> 3);
    // A writer may cut the padding of the last group off; but that does not happen in what Tempo's library writes.
    if (position + groups * width > end) tooShort();
    if (width === 3) unpack3(src, position, out, to, groups);
    else if (width === 2) unpack2(src, position, out, to, groups);
    else if (width === 1) unpack1(src, position, out, to, groups);
    else unpackAny(src, position, width, out, to, groups * 8);
    position += (head >>> 1) * width;
    to += groups * 8;
  }
}

function unpack1(src: Uint8Array, from: number, out: Uint8Array, start: number, groups: number): void {
  let to = start;
  for (let position = from, end = from + groups; position < end; position++, to += 8) {
    const bits = src[position]!;
    out[to] = bits & 1;
    out[to + 1] = (bits >> 1) & 1;
    out[to + 2] = (bits >> 2) & 1;
    out[to + 3] = (bits >> 3) & 1;
    out[to + 4] = (bits >> 4) & 1;
    out[to + 5] = (bits >> 5) & 1;
    out[to + 6] = (bits >> 6) & 1;
    out[to + 7] = bits >> 7;
  }
}

function unpack2(src: Uint8Array, from: number, out: Uint8Array, start: number, groups: number): void {
  let to = start;
  for (let position = from, end = from + groups * 2; position < end; position++, to += 4) {
    const bits = src[position]!;
    out[to] = bits & 3;
    out[to + 1] = (bits >> 2) & 3;
    out[to + 2] = (bits >> 4) & 3;
    out[to + 3] = bits >> 6;
  }
}

function unpack3(src: Uint8Array, from: number, out: Uint8Array, start: number, groups: number): void {
  let to = start;
  for (let position = from, end = from + groups * 3; position < end; position += 3, to += 8) {
    const bits = src[position]! | (src[position + 1]! << 8) | (src[position + 2]! << 16);
    out[to] = bits & 7;
    out[to + 1] = (bits >> 3) & 7;
    out[to + 2] = (bits >> 6) & 7;
    out[to + 3] = (bits >> 9) & 7;
    out[to + 4] = (bits >> 12) & 7;
    out[to + 5] = (bits >> 15) & 7;
    out[to + 6] = (bits >> 18) & 7;
    out[to + 7] = bits >> 21;
  }
}

/** `count` values of `width` (1 … 24) bits; the bytes are known to be there. */
function unpackAny(
  src: Uint8Array,
  from: number,
  width: number,
  out: Uint8Array | Int32Array,
  start: number,
  count: number,
): void {
  const mask = (1 << width) - 1;
  let buffer = 0;
  let bits = 0;
  let position = from;
  for (let to = start, end = start + count; to < end; to++) {
    while (bits < width) {
      buffer |= src[position++]! << bits;
      bits += 8;
    }
    out[to] = buffer & mask;
    buffer >>>= width;
    bits -= width;
  }
}

/**
 * `unpackAny` for widths 1 … 8, four values at a time; the last group, where four bytes could not be read, is left to that.
 */
function unpackNarrow(
  src: Uint8Array,
  from: number,
  width: number,
  out: Int32Array,
  start: number,
  groups: number,
): void {
  const mask = (1 << width) - 1;
  const half = 4 * width;
  const skip = half >>> 3;
  const shift = half & 7;
  const fast = Math.min(groups, Math.floor((src.length - from - 8) / width));
  let position = from;
  let to = start;
  for (let i = 0; i < fast; i++, position += width, to += 8) {
    const low =
      src[position]! | (src[position + 1]! << 8) | (src[position + 2]! << 16) | (src[position + 3]! << 24);
    out[to] = low & mask;
    out[to + 1] = (low >>> width) & mask;
    out[to + 2] = (low >>> (2 * width)) & mask;
    out[to + 3] = (low >>> (3 * width)) & mask;
    const p = position + skip;
    const high = (src[p]! | (src[p + 1]! << 8) | (src[p + 2]! << 16) | (src[p + 3]! << 24)) >>> shift;
    out[to + 4] = high & mask;
    out[to + 5] = (high >>> width) & mask;
    out[to + 6] = (high >>> (2 * width)) & mask;
    out[to + 7] = (high >>> (3 * width)) & mask;
  }
  const rest = groups - Math.max(0, fast);
  if (rest > 0) unpackAny(src, position, width, out, to, rest * 8);
}

/** `unpackAny` for 25 … 32 bits, of which no dictionary of Tempo has need. */
function unpackWide(
  src: Uint8Array,
  from: number,
  width: number,
  out: Int32Array,
  start: number,
  count: number,
): void {
  const modulus = 2 ** width;
  let buffer = 0;
  let bits = 0;
  let position = from;
  for (let to = start, end = start + count; to < end; to++) {
    while (bits < width) {
      buffer += src[position++]! * 2 ** bits;
      bits += 8;
    }
    out[to] = buffer % modulus;
    buffer = Math.floor(buffer / modulus);
    bits -= width;
  }
}

/**
 * Decodes `count` dictionary codes: a byte with the width, then runs. `out` has room for `SLACK` more. Codes are not
 * checked against the dictionary. Throws `CorruptError`.
 */
export function decodeCodes(src: Uint8Array, out: Int32Array, count: number): void {
  const end = src.length;
  let position = 1;
  let to = 0;
  const width = end === 0 ? 0 : src[0]!;
  if (width === 0) {
    if (end === 0 && count > 0) tooShort();
    out.fill(0, 0, count);
    return;
  }
  if (width > 32) corrupt('dictionary codes are wider than 32 bits');
  const valueBytes = (width + 7) >>> 3;
  while (to < count) {
    let head = 0;
    for (let shift = 0; ; shift += 7) {
      if (position >= end || shift > 28) tooShort();
      const byte = src[position++]!;
      head |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    if ((head & 1) === 0) {
      if (position + valueBytes > end) tooShort();
      let value = 0;
      for (let i = 0; i < valueBytes; i++) value |= src[position++]! << (8 * i);
      const stop = Math.min(count, to + (head >>> 1));
      if (stop - to < 16) while (to < stop) out[to++] = value;
      else {
        out.fill(value, to, stop);
        to = stop;
      }
      continue;
    }
    const groups = Math.min(head >>> 1, (count - to + 7) >>> 3);
    if (position + groups * width > end) tooShort();
    if (width <= 8) unpackNarrow(src, position, width, out, to, groups);
    else if (width <= 24) unpackAny(src, position, width, out, to, groups * 8);
    else unpackWide(src, position, width, out, to, groups * 8);
    position += (head >>> 1) * width;
    to += groups * 8;
  }
}
