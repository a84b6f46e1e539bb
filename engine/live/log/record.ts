import { crc32 } from 'node:zlib';

/**
 * A record in a segment: magic, length and checksum, each 32 bits, little endian, then the payload. The checksum is CRC-32
 * over length, segment number and payload, so that a record is good only whole and only where it was written.
 */
export const HEADER_BYTES = 12;
const MAGIC = Buffer.from('BTr1');

/** No record is longer; a length beyond it is damage. */
export const MAX_RECORD_BYTES = 1 << 28;

/** What to write for a payload that is given in parts. */
export function frame(segment: number, payload: readonly Uint8Array[]): readonly Uint8Array[] {
  const length = payload.reduce((sum, part) => sum + part.length, 0);
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  MAGIC.copy(header);
  header.writeUInt32LE(length, 4);
  header.writeUInt32LE(
    payload.reduce((sum, part) => crc32(part, sum), seed(segment, length)),
    8,
  );
  return [header, ...payload];
}

/** Records are found again behind damage: by the magic, and trusted by the checksum. */
export function* records(segment: number, bytes: Uint8Array): Generator<FoundRecord> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  let good = 0;
  while (at >= 0 && at + HEADER_BYTES <= buffer.length) {
    const end = recordEnd(segment, buffer, at);
    if (end === undefined) at = buffer.indexOf(MAGIC, at + 1);
    else {
      if (at > good) yield { kind: 'damage', from: good, to: at };
      yield { kind: 'record', payload: buffer.subarray(at + HEADER_BYTES, end) };
      good = end;
      at = end;
    }
  }
  // What a crash cut off in the middle of a write was never acknowledged.
  if (good < buffer.length) yield { kind: 'torn', from: good, to: buffer.length };
}

export type FoundRecord =
  | { readonly kind: 'record'; readonly payload: Uint8Array }
  /** Bytes that are no record: before another one, or at the end of the segment. */
  | { readonly kind: 'damage' | 'torn'; readonly from: number; readonly to: number };

function recordEnd(segment: number, buffer: Buffer, at: number): number | undefined {
  if (buffer.compare(MAGIC, 0, MAGIC.length, at, at + MAGIC.length) !== 0) return undefined;
  const length = buffer.readUInt32LE(at + 4);
  const end = at + HEADER_BYTES + length;
  if (length > MAX_RECORD_BYTES || end > buffer.length) return undefined;
  const found = crc32(buffer.subarray(at + HEADER_BYTES, end), seed(segment, length));
  return found === buffer.readUInt32LE(at + 8) ? end : undefined;
}

const prefix = Buffer.alloc(12);

function seed(segment: number, length: number): number {
  prefix.writeUInt32LE(length, 0);
  prefix.writeDoubleLE(segment, 4);
  return crc32(prefix);
}
