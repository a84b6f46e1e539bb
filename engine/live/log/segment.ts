import { UnreadableLog } from './unreadable.js';

export function segmentName(number: number): string {
  return `${String(number).padStart(16, '0')}.log`;
}

export function segmentNumber(name: string): number | undefined {
  return /^\d{16}\.log$/.test(name) ? Number.parseInt(name, 10) : undefined;
}

/** How far a segment was written, and what: the checksum is CRC-32 over the headers of its frames, each of which has that of its payload. */
export interface SegmentEnd {
  readonly number: number;
  readonly bytes: number;
  readonly checksum: number;
}

/** The first frame of a segment. */
export interface SegmentHead {
  /** Which log it is of. */
  readonly log: string;
  /** The segment before it; absent in the first one. */
  readonly previous?: SegmentEnd;
}

/** Of the frames and of what a head says. */
const FORMAT = 2;

export function encodeHead(head: SegmentHead): Uint8Array {
  return Buffer.from(JSON.stringify({ format: FORMAT, ...head }));
}

/** Throws `UnreadableLog` for the head of a newer version. */
export function decodeHead(payload: Uint8Array): SegmentHead {
  // The checksum vouches for the text, so its shape is the one written.
  const head = JSON.parse(Buffer.from(payload).toString()) as SegmentHead & { readonly format: number };
  if (head.format > FORMAT)
    throw new UnreadableLog('newer', `has format ${head.format}, and this version reads up to ${FORMAT}`);
  return head;
}
