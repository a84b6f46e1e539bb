import { crc32 } from 'node:zlib';

/**
 * A frame in a segment: magic, length and checksum, each 32 bits, little endian, then the payload. The checksum is CRC-32 over
 * length, segment number and payload, so that a frame is good only whole and only where it was written. The letter of
 * the magic says what it is; the digit is the format that brought it.
 */
export const HEADER_BYTES = 12;
const MAGICS = {
  record: Buffer.from('BTr1'),
  /** First in a segment: what it is, and which one is before it. */
  head: Buffer.from('BTh2'),
  /** Says that all before it was synced, and so may have been acknowledged. */
  mark: Buffer.from('BTm2'),
} as const satisfies Record<string, Buffer>;
const MAGIC_START = Buffer.from('BT');

type FrameKind = keyof typeof MAGICS;

/** No record is longer; a length beyond it is damage. */
export const MAX_RECORD_BYTES = 1 << 28;

/** What to write for a payload that is given in parts. The first is the header. */
export function frame(
  kind: FrameKind,
  segment: number,
  payload: readonly Uint8Array[],
): readonly [header: Buffer, ...payload: Uint8Array[]] {
  const length = payload.reduce((sum, part) => sum + part.length, 0);
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  MAGICS[kind].copy(header);
  header.writeUInt32LE(length, 4);
  header.writeUInt32LE(
    payload.reduce((sum, part) => crc32(part, sum), seed(segment, length)),
    8,
  );
  return [header, ...payload];
}

export type FoundFrame =
  | {
      readonly kind: FrameKind;
      readonly payload: Uint8Array;
      readonly header: Uint8Array;
      /** Where the next one begins. */
      readonly to: number;
    }
  /** Bytes that are no frame: before another one, or at the end of the segment. */
  | { readonly kind: 'damage' | 'torn'; readonly from: number; readonly to: number };

/** Frames are found again behind damage: by the magic, and trusted by the checksum. */
export function* frames(segment: number, bytes: Uint8Array): Generator<FoundFrame> {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let offset = 0;
  let good = 0;
  while (offset >= 0 && offset + HEADER_BYTES <= buffer.length) {
    const kind = kindAt(buffer, offset);
    const to = kind === undefined ? undefined : frameEnd(segment, buffer, offset);
    if (kind === undefined || to === undefined) offset = buffer.indexOf(MAGIC_START, offset + 1);
    else {
      if (offset > good) yield { kind: 'damage', from: good, to: offset };
      const header = buffer.subarray(offset, offset + HEADER_BYTES);
      yield { kind, header, payload: buffer.subarray(offset + HEADER_BYTES, to), to };
      good = to;
      offset = to;
    }
  }
  // What a crash cut off in the middle of a write was never acknowledged: else a mark would follow, or another group.
  if (good < buffer.length) yield { kind: 'torn', from: good, to: buffer.length };
}

function kindAt(buffer: Buffer, offset: number): FrameKind | undefined {
  for (const kind of FRAME_KINDS)
    if (buffer.compare(MAGICS[kind], 0, 4, offset, offset + 4) === 0) return kind;
  return undefined;
}

const FRAME_KINDS = Object.keys(MAGICS) as readonly FrameKind[];

function frameEnd(segment: number, buffer: Buffer, offset: number): number | undefined {
  const length = buffer.readUInt32LE(offset + 4);
  const end = offset + HEADER_BYTES + length;
  if (length > MAX_RECORD_BYTES || end > buffer.length) return undefined;
  const found = crc32(buffer.subarray(offset + HEADER_BYTES, end), seed(segment, length));
  return found === buffer.readUInt32LE(offset + 8) ? end : undefined;
}

const prefix = Buffer.alloc(12);

function seed(segment: number, length: number): number {
  prefix.writeUInt32LE(length, 0);
  prefix.writeDoubleLE(segment, 4);
  return crc32(prefix);
}
