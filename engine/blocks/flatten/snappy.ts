import { corrupt } from './error.js';

/**
 * Decompresses one Snappy block (format_description.txt of google/snappy) into `out`, which has exactly the length that
 * the page header promised. Throws `CorruptError`; never writes outside `out`.
 *
 * Written by hand because pages are small (tens of kB): a WebAssembly decoder loses more by copying in and out.
 */
export function snappyDecompress(src: Uint8Array, out: Uint8Array): void {
  const srcEnd = src.length;
  const outEnd = out.length;
  let at = 0;
  let length = 0;
  for (let shift = 0; ; shift += 7) {
    if (at >= srcEnd || shift > 28) corrupt('a compressed page has no length');
    const byte = src[at++]!;
    length += (byte & 127) * 2 ** shift;
    if (byte < 128) break;
  }
  if (length !== outEnd) corrupt('a compressed page has another length than its header says');
  let to = 0;
  while (at < srcEnd) {
    const tag = src[at++]!;
    const kind = tag & 3;
    if (kind === 0) {
      let size = (tag >> 2) + 1;
      if (size > 60) {
        const extra = size - 60;
        if (at + extra > srcEnd) corrupt('a compressed page ends early');
        size = 1;
        for (let i = 0, scale = 1; i < extra; i++, scale *= 256) size += src[at++]! * scale;
      }
      if (at + size > srcEnd || to + size > outEnd) corrupt('a compressed page runs over its end');
      if (size < 48) for (const end = to + size; to < end; ) out[to++] = src[at++]!;
      else {
        out.set(src.subarray(at, at + size), to);
        at += size;
        to += size;
      }
      continue;
    }
    let size: number;
    let offset: number;
    if (kind === 1) {
      if (at >= srcEnd) corrupt('a compressed page ends early');
      size = ((tag >> 2) & 7) + 4;
      offset = ((tag >> 5) << 8) | src[at++]!;
    } else if (kind === 2) {
      if (at + 2 > srcEnd) corrupt('a compressed page ends early');
      size = (tag >> 2) + 1;
      offset = src[at]! | (src[at + 1]! << 8);
      at += 2;
    } else {
      if (at + 4 > srcEnd) corrupt('a compressed page ends early');
      size = (tag >> 2) + 1;
      offset = (src[at]! | (src[at + 1]! << 8) | (src[at + 2]! << 16) | (src[at + 3]! << 24)) >>> 0;
      at += 4;
    }
    if (offset === 0 || offset > to || to + size > outEnd) corrupt('a compressed page copies from nowhere');
    let from = to - offset;
    for (const end = to + size; to < end; ) out[to++] = out[from++]!;
  }
  if (to !== outEnd) corrupt('a compressed page is shorter than its header says');
}
