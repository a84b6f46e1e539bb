/**
 * Tempo's bloom filters of trace ids: `bloom-0` … `bloom-N` of a block, each a filter of its own that holds the ids of one
 * shard (tempodb/encoding/common/bloom.go). The bytes are those of github.com/bits-and-blooms/bloom v3 (`WriteTo`): m and k, the
 * length of the bit set, and its words, all big-endian 64-bit numbers; bit i is bit i mod 64 of word i / 64.
 */
import { corrupt } from './flatten/error.js';

export interface BloomFilter {
  /** Bits. */
  readonly m: number;
  /** Hash functions. */
  readonly k: number;
  /** From the first word on. */
  readonly words: Uint8Array;
}

/** What a block without a count of shards has: ten, as Tempo before 1.0 wrote. */
const LEGACY_SHARDS = 10;
const HEADER_BYTES = 24;
const MAX_HASHES = 64;

/** The number of the filter that knows the id: FNV-1 (32 bits) of it, modulo the number of shards. */
export function bloomShard(traceId: Uint8Array, shards: number): number {
  let hash = 0x811c9dc5;
  for (const byte of traceId) hash = Math.imul(hash, 0x01000193) ^ byte;
  return (hash >>> 0) % (shards || LEGACY_SHARDS);
}

/** Throws `CorruptError`. */
export function parseBloom(bytes: Uint8Array): BloomFilter {
  if (bytes.length < HEADER_BYTES) corrupt('the bloom filter is cut off');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [m, k, bits] = [0, 8, 16].map((offset) => Number(view.getBigUint64(offset)));
  const words = bytes.subarray(HEADER_BYTES);
  if (!m || !k || bits !== m || k > MAX_HASHES) return corrupt('the bloom filter has an impossible header');
  if (words.length !== Math.ceil(m / 64) * 8) corrupt('the bloom filter is not as long as it says');
  return { m, k, words };
}

/** The four 64-bit hashes from which the library makes all k: MurmurHash3 (x64, 128 bits) of the id, and of the id and a byte 1. */
export type BloomHashes = readonly [bigint, bigint, bigint, bigint];

export function bloomHashes(traceId: Uint8Array): BloomHashes {
  const longer = new Uint8Array(traceId.length + 1);
  longer.set(traceId);
  longer[traceId.length] = 1;
  return [...murmur128(traceId), ...murmur128(longer)];
}

/** False: the block does not hold the id. True: it most likely does. */
export function bloomMayHold({ m, k, words }: BloomFilter, hashes: BloomHashes): boolean {
  for (let i = 0; i < k; i++) {
    const base = hashes[i % 2 === 0 ? 0 : 1];
    const step = hashes[(i + (i % 2)) % 4 === 0 ? 2 : 3];
    const bit = Number(u64(base + BigInt(i) * step) % BigInt(m));
    // Bytes of a word are in falling order of significance.
    const byte = words[(bit >>> 6) * 8 + 7 - ((bit & 63) >>> 3)] ?? 0;
    if (((byte >>> (bit & 7)) & 1) === 0) return false;
  }
  return true;
}

function u64(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}

function rotate(value: bigint, by: bigint): bigint {
  return u64((value << by) | (value >> (64n - by)));
}

const C1 = 0x87c37b91114253d5n;
const C2 = 0x4cf5ad432745937fn;

const mix1 = (k: bigint): bigint => u64(rotate(u64(k * C1), 31n) * C2);
const mix2 = (k: bigint): bigint => u64(rotate(u64(k * C2), 33n) * C1);

/** MurmurHash3_x64_128 with seed 0 (Austin Appleby, public domain, github.com/aappleby/smhasher). */
function murmur128(bytes: Uint8Array): readonly [bigint, bigint] {
  let h1 = 0n;
  let h2 = 0n;
  const whole = bytes.length - (bytes.length % 16);
  for (let offset = 0; offset < whole; offset += 16) {
    h1 ^= mix1(littleEndian(bytes, offset, 8));
    h1 = u64((rotate(h1, 27n) + h2) * 5n + 0x52dce729n);
    h2 ^= mix2(littleEndian(bytes, offset + 8, 8));
    h2 = u64((rotate(h2, 31n) + h1) * 5n + 0x38495ab5n);
  }
  const rest = bytes.length - whole;
  if (rest > 8) h2 ^= mix2(littleEndian(bytes, whole + 8, rest - 8));
  if (rest > 0) h1 ^= mix1(littleEndian(bytes, whole, Math.min(rest, 8)));
  const length = BigInt(bytes.length);
  h1 ^= length;
  h2 ^= length;
  h1 = u64(h1 + h2);
  h2 = u64(h2 + h1);
  h1 = finish(h1);
  h2 = finish(h2);
  h1 = u64(h1 + h2);
  return [h1, u64(h2 + h1)];
}

function finish(value: bigint): bigint {
  let k = value ^ (value >> 33n);
  k = u64(k * 0xff51afd7ed558ccdn);
  k ^= k >> 33n;
  k = u64(k * 0xc4ceb9fe1a85ec53n);
  return k ^ (k >> 33n);
}

function littleEndian(bytes: Uint8Array, offset: number, count: number): bigint {
  let value = 0n;
  for (let i = count - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[offset + i] ?? 0);
  return value;
}
