/** Writes the RLE / bit-packed hybrid that `hybrid.ts` reads. */

/** Encodes `count` codes (from `values`, all below 2^`width`, width 1 … 24) as one bit-packed run. */
export function encodeCodes(values: Int32Array, count: number, width: number): Uint8Array {
  const groups = (count + 7) >>> 3;
  const head = varint(groups * 2 + 1);
  const out = new Uint8Array(head.length + groups * width);
  out.set(head);
  let to = head.length;
  let buffer = 0;
  let bits = 0;
  for (let i = 0; i < count; i++) {
    buffer |= values[i]! << bits;
    bits += width;
    while (bits >= 8) {
      out[to++] = buffer;
      buffer >>>= 8;
      bits -= 8;
    }
  }
  if (bits > 0) out[to] = buffer;
  return out;
}

/** One run of `count` times `value`, which takes `width` (1 … 8) bits. */
export function encodeRun(value: number, count: number): Uint8Array {
  return Uint8Array.of(...varint(count * 2), value);
}

/** A bit-packed run of width 1 around `bitmap`, whose bits are rows, lowest first. */
export function encodeBitmap(bitmap: Uint8Array): Uint8Array {
  const head = varint(bitmap.length * 2 + 1);
  const out = new Uint8Array(head.length + bitmap.length);
  out.set(head);
  out.set(bitmap, head.length);
  return out;
}

/** LEB128, as Thrift and parquet's encodings have it. */
export function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) | 128);
    rest = Math.floor(rest / 128);
  }
  bytes.push(rest);
  return bytes;
}
