/** Encoders for `nested-writer.ts`, as plain as can be ("Encodings.md" of parquet-format). */
import type { LeafType } from './nested-writer.js';

export type Value = string | Uint8Array | bigint | number | boolean;

function bytesOf(value: Value): Uint8Array {
  return Buffer.from(value as string | Uint8Array);
}

export function plainValues(type: LeafType, values: readonly Value[]): Uint8Array {
  if (type === 'bool') {
    const out = new Uint8Array(Math.ceil(values.length / 8));
    values.forEach((value, i) => {
      if (value) out[i >> 3]! |= 1 << (i & 7);
    });
    return out;
  }
  return Buffer.concat(
    values.map((value) => {
      if (type === 'int32') return new Uint8Array(Int32Array.of(Number(value)).buffer);
      if (type === 'int64')
        return new Uint8Array(BigInt64Array.of(BigInt.asIntN(64, BigInt(value as bigint))).buffer);
      if (type === 'double') return new Uint8Array(Float64Array.of(Number(value)).buffer);
      const bytes = bytesOf(value);
      return Buffer.concat([new Uint8Array(Int32Array.of(bytes.length).buffer), bytes]);
    }),
  );
}

function varint(value: bigint): number[] {
  const out: number[] = [];
  let rest = BigInt.asUintN(64, value);
  while (rest >= 128n) {
    out.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  return [...out, Number(rest)];
}

const zigzag = (value: bigint): number[] => varint((value << 1n) ^ (value >> 63n));

/** DELTA_BINARY_PACKED with blocks of 128 in 4 miniblocks; the width of a miniblock may be anything up to 64. */
export function deltaIntegers(values: readonly (bigint | number)[]): Uint8Array {
  const all = values.map((value) => BigInt.asIntN(64, BigInt(value)));
  const out: number[] = [
    ...varint(128n),
    ...varint(4n),
    ...varint(BigInt(all.length)),
    ...zigzag(all[0] ?? 0n),
  ];
  const deltas = all.slice(1).map((value, i) => BigInt.asIntN(64, value - all[i]!));
  for (let start = 0; start < deltas.length; start += 128) {
    const block = deltas.slice(start, start + 128);
    const least = [...block].sort((a, b) => (a < b ? -1 : 1))[0]!;
    const packed: number[] = [];
    const widths: number[] = [];
    for (let m = 0; m < 4; m++) {
      const mini = block.slice(m * 32, m * 32 + 32).map((delta) => BigInt.asUintN(64, delta - least));
      const width = mini.reduce(
        (most, value) => Math.max(most, value === 0n ? 0 : value.toString(2).length),
        0,
      );
      widths.push(width);
      let bits = 0n;
      mini.forEach((value, i) => {
        bits |= value << BigInt(i * width);
      });
      if (mini.length > 0)
        for (let i = 0; i < 4 * width; i++) packed.push(Number((bits >> BigInt(8 * i)) & 255n));
    }
    out.push(...zigzag(least), ...widths, ...packed);
  }
  return Uint8Array.from(out);
}

export function deltaLengths(values: readonly Value[]): Uint8Array {
  const all = values.map(bytesOf);
  return Buffer.concat([deltaIntegers(all.map(({ length }) => length)), ...all]);
}

export function deltaByteArray(values: readonly Value[]): Uint8Array {
  const all = values.map(bytesOf);
  const prefixes = all.map((bytes, i) => {
    const before = all[i - 1] ?? new Uint8Array(0);
    let same = 0;
    while (same < bytes.length && same < before.length && bytes[same] === before[same]) same++;
    return same;
  });
  return Buffer.concat([
    deltaIntegers(prefixes),
    deltaLengths(all.map((bytes, i) => bytes.subarray(prefixes[i]))),
  ]);
}

/** A zstd frame of raw blocks (RFC 8878). */
export function zstdRaw(bytes: Uint8Array): Uint8Array {
  const size = Buffer.alloc(4);
  size.writeUInt32LE(bytes.length);
  const parts: Uint8Array[] = [Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0xa0), size];
  for (let from = 0; from === 0 || from < bytes.length; from += 1 << 16) {
    const block = bytes.subarray(from, from + (1 << 16));
    const head = (block.length << 3) | (from + block.length >= bytes.length ? 1 : 0);
    parts.push(Uint8Array.of(head, head >> 8, head >> 16), block);
  }
  return Buffer.concat(parts);
}
