/** DELTA_BINARY_PACKED ("Encodings.md" of parquet-format, encoding 5). */
import { corrupt } from '../error.js';

function short(): never {
  return corrupt('delta-encoded values end early');
}

let cursor = 0;

/** The low 32 bits of a varint of at most 64 bits; moves `cursor`. */
function varint32(src: Uint8Array): number {
  let value = 0;
  for (let shift = 0; shift < 70; shift += 7) {
    if (cursor >= src.length) short();
    const byte = src[cursor++]!;
    if (shift < 32) value |= (byte & 127) << shift;
    if (byte < 128) return value;
  }
  return short();
}

let high = 0;

/** A zigzag varint of 64 bits: returns the low half, leaves the upper one in `high`. */
function zigzag64(src: Uint8Array): number {
  let low = 0;
  let top = 0;
  for (let shift = 0; ; shift += 7) {
    if (cursor >= src.length || shift > 63) short();
    const byte = src[cursor++]!;
    const part = byte & 127;
    if (shift < 28) low |= part << shift;
    else if (shift === 28) {
      low |= part << 28;
      top |= part >> 4;
    } else top |= part << (shift - 32);
    if (byte < 128) break;
  }
  const sign = -(low & 1);
  const half = ((low >>> 1) | (top << 31)) ^ sign;
  high = (top >>> 1) ^ sign;
  return half;
}

/** Reads block size, miniblocks and value count; checks them. */
function header(
  src: Uint8Array,
  count: number,
): { readonly miniblocks: number; readonly perMiniblock: number } {
  const blockSize = varint32(src);
  const miniblocks = varint32(src);
  const total = varint32(src);
  if (blockSize <= 0 || blockSize > 1 << 20 || miniblocks <= 0 || blockSize % miniblocks !== 0) {
    corrupt('delta-encoded values have a bad header');
  }
  const perMiniblock = blockSize / miniblocks;
  if (perMiniblock % 8 !== 0) corrupt('delta-encoded values have a bad header');
  if (total !== count) corrupt('delta-encoded values are not as many as their page says');
  return { miniblocks, perMiniblock };
}

/** Adds up the deltas of a miniblock, packed at `cursor`, into `out[position … stop)`; returns the last value. */
function narrowDeltas(
  src: Uint8Array,
  width: number,
  least: number,
  before: number,
  out: Int32Array,
  position: number,
  stop: number,
): number {
  const mask = (1 << width) - 1;
  let value = before;
  let buffer = 0;
  let bits = 0;
  let p = cursor;
  for (let to = position; to < stop; to++) {
    while (bits < width) {
      buffer |= src[p++]! << bits;
      bits += 8;
    }
    value = (value + least + (buffer & mask)) | 0;
    buffer >>>= width;
    bits -= width;
    out[to] = value;
  }
  return value;
}

/** The same for deltas of more than 24 bits. */
function wideDeltas(
  src: Uint8Array,
  width: number,
  least: number,
  before: number,
  out: Int32Array,
  position: number,
  stop: number,
): number {
  let value = before;
  for (let to = position, bit = 0; to < stop; to++, bit += width) {
    value = (value + least + bits32(src, cursor, bit, width)) | 0;
    out[to] = value;
  }
  return value;
}

/**
 * Decodes `count` values from `src` at `from` into `out` at `to`, modulo 2^32: all of an INT32, the lower half of an
 * INT64. Returns the position after the last block. Throws `CorruptError`.
 */
export function decodeDelta32(
  src: Uint8Array,
  from: number,
  out: Int32Array,
  to: number,
  count: number,
): number {
  cursor = from;
  const { miniblocks, perMiniblock } = header(src, count);
  let value = zigzag64(src);
  if (count === 0) return cursor;
  out[to] = value;
  let position = to + 1;
  const end = to + count;
  while (position < end) {
    const least = zigzag64(src);
    const widths = cursor;
    cursor += miniblocks;
    if (cursor > src.length) short();
    for (let m = 0; m < miniblocks && position < end; m++) {
      const width = src[widths + m]!;
      const stop = Math.min(end, position + perMiniblock);
      if (width === 0) {
        if (least === 0) {
          if (stop - position > 16) out.fill(value, position, stop);
          else for (let i = position; i < stop; i++) out[i] = value;
          position = stop;
        } else {
          while (position < stop) {
            value = (value + least) | 0;
            out[position++] = value;
          }
        }
        continue;
      }
      const bytes = (perMiniblock >>> 3) * width;
      if (width > 64 || cursor + bytes > src.length) short();
      value =
        width <= 24
          ? narrowDeltas(src, width, least, value, out, position, stop)
          : wideDeltas(src, width, least, value, out, position, stop);
      position = stop;
      cursor += bytes;
    }
  }
  return cursor;
}

/** The low 32 bits of the value of `width` bits that starts `bit` bits after byte `from`. */
function bits32(src: Uint8Array, from: number, bit: number, width: number): number {
  const p = from + (bit >>> 3);
  const shift = bit & 7;
  const low = (src[p]! | (src[p + 1]! << 8) | (src[p + 2]! << 16) | (src[p + 3]! << 24)) >>> shift;
  const value = shift === 0 ? low : low | ((src[p + 4] ?? 0) << (32 - shift));
  return width >= 32 ? value : value & ((1 << width) - 1);
}

/**
 * Decodes `count` INT64 values, or the first `first` of them, into pairs of halves (low, high) at `out[2 * to]`. Returns the
 * position after the last block decoded. Throws `CorruptError`.
 */
export function decodeDelta64(
  src: Uint8Array,
  from: number,
  out: Int32Array,
  to: number,
  count: number,
  first = count,
): number {
  cursor = from;
  const { miniblocks, perMiniblock } = header(src, count);
  let low = zigzag64(src);
  let top = high;
  if (count === 0) return cursor;
  out[2 * to] = low;
  out[2 * to + 1] = top;
  let position = to + 1;
  const end = to + first;
  while (position < end) {
    const leastLow = zigzag64(src);
    const leastHigh = high;
    const widths = cursor;
    cursor += miniblocks;
    if (cursor > src.length) short();
    for (let m = 0; m < miniblocks && position < end; m++) {
      const width = src[widths + m]!;
      const stop = Math.min(end, position + perMiniblock);
      const bytes = (perMiniblock >>> 3) * width;
      if (width > 64 || cursor + bytes > src.length) short();
      for (let bit = 0; position < stop; bit += width, position++) {
        const deltaLow = width === 0 ? 0 : bits32(src, cursor, bit, width);
        const deltaHigh = width <= 32 ? 0 : bits32(src, cursor, bit + 32, width - 32);
        // Carries by comparing unsigned halves: no 64-bit integer type is fast here.
        const sum = (low >>> 0) + (leastLow >>> 0) + (deltaLow >>> 0);
        low = sum | 0;
        top = (top + leastHigh + deltaHigh + Math.floor(sum / 4294967296)) | 0;
        out[2 * position] = low;
        out[2 * position + 1] = top;
      }
      cursor += bytes;
    }
  }
  return cursor;
}
