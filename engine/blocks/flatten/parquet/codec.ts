import { gunzipSync } from 'node:zlib';
import { decompress as zstdDecompress } from 'fzstd';
import { compressors, decompressLz4Raw } from 'hyparquet-compressors';
import { messageOf } from '../../../shared/message-of.js';
import { CorruptError, corrupt, UnknownShapeError } from '../error.js';
import { Codec, Limits } from './parquet-format.js';

/** Bytes of output that one byte of a codec's input can give at most; bounds what a header can make us allocate. */
const EXPANSION: ReadonlyMap<number, number> = new Map([
  [Codec.SNAPPY, 64],
  [Codec.LZ4_RAW, 256],
  [Codec.GZIP, 1100],
  // A four-byte RLE block of zstd gives up to 128 KiB.
  [Codec.ZSTD, 1 << 15],
]);

/**
 * The `length` bytes that `bytes` was compressed from. Throws `CorruptError`, and `UnknownShapeError` for a codec that
 * Tempo does not write (BROTLI, LZO, the old framed LZ4).
 */
export function decompress(codec: number, bytes: Uint8Array, length: number): Uint8Array {
  if (codec === Codec.UNCOMPRESSED) {
    if (bytes.length !== length) corrupt('a page has another length than its header says');
    return bytes;
  }
  if (length === 0) return bytes.subarray(0, 0);
  const expansion = EXPANSION.get(codec);
  if (expansion === undefined) throw new UnknownShapeError(`pages are compressed with codec ${codec}`);
  if (length > Limits.pageBytes || length > 64 + bytes.length * expansion) {
    corrupt('a compressed page says that it is impossibly long');
  }
  const result = foreign(() => {
    if (codec === Codec.SNAPPY) return snappy(bytes, length);
    if (codec === Codec.ZSTD) return zstdDecompress(bytes, new Uint8Array(length));
    if (codec === Codec.GZIP) return gunzipSync(bytes, { maxOutputLength: length });
    return decompressLz4Raw(bytes, length);
  });
  if (result.length !== length) corrupt('a compressed page has another length than its header says');
  return result;
}

/** WebAssembly, which checks everything but the length that it is given; a decoder in JavaScript took three times as long. */
const wasmSnappy = compressors.SNAPPY;

function snappy(bytes: Uint8Array, length: number): Uint8Array {
  let promised = 0;
  for (let i = 0; i < 5; i++) {
    promised += (bytes[i]! & 127) * 2 ** (7 * i);
    if (bytes[i]! < 128) break;
  }
  if (promised !== length) corrupt('a compressed page has another length than its header says');
  if (!wasmSnappy) throw new UnknownShapeError('pages are compressed with Snappy');
  return wasmSnappy(bytes, length);
}

/** A library's decoder throws what it likes at bad bytes. */
function foreign(decode: () => Uint8Array): Uint8Array {
  try {
    return decode();
  } catch (error) {
    throw new CorruptError(`a compressed page is damaged (${messageOf(error)})`);
  }
}
