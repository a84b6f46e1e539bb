/** Reads the segments of a log, oldest first, and holds each against what the one after it, or the file of ends, says of it. */
import { crc32 } from 'node:zlib';
import type { LogDamage } from './damage.js';
import type { Disk } from './disk.js';
import type { LogEnds } from './ends.js';
import { frames } from './frame.js';
import { decodeHead, type SegmentEnd, type SegmentHead, segmentName } from './segment.js';
import { UnreadableLog } from './unreadable.js';

export interface ReadOptions {
  readonly disk: Disk;
  /** Which log it is, as heads name it. */
  readonly log: string;
  /** Numbers of the segments that are there, ascending. */
  readonly segments: readonly number[];
  /** Absent in a log of a version before them. */
  readonly ends: LogEnds | undefined;
  /** The payload is good until the call returns, or until what it returns resolves. */
  readonly onRecord: (payload: Uint8Array, segment: number) => void | Promise<void>;
  readonly onDamage: (damage: LogDamage) => void;
  /** Called when a segment in which something was written has been read: those before it may be removed then. The next is read once it resolves. */
  readonly onSegment?: (segment: number) => void | Promise<void>;
}

/** Bytes after which others get their turn. */
const TURN_BYTES = 4 * 2 ** 20;

/**
 * Returns how the last segment that was written ends, undefined where there is none. Rejects with `UnreadableLog` where a segment is of another log or a newer version,
 * and with what `onRecord` throws.
 */
export async function readSegments(options: ReadOptions): Promise<SegmentEnd | undefined> {
  const { segments, ends, onDamage } = options;
  const there = new Set(segments);
  const missing = new Set<number>();
  // What is before the first was let go of.
  const first = ends?.first ?? segments[0] ?? 0;
  const isMissing = (number: number): boolean => number >= first && !there.has(number);
  if (ends !== undefined && ends.last.number >= ends.first) {
    if (isMissing(ends.first)) missing.add(ends.first);
    if (isMissing(ends.last.number)) missing.add(ends.last.number);
  }
  let before: ScannedSegment | undefined;
  let written: SegmentEnd | undefined;
  for (const number of segments) {
    const scanned = await scan(number, options);
    // One that was begun and not written is as good as not there: another crash may take it, and the one before is still to be compared.
    if (scanned.size === 0) continue;
    const said = scanned.head?.previous;
    if (said !== undefined && isMissing(said.number)) missing.add(said.number);
    await settle(before, said, options);
    before = scanned;
    if (scanned.end.bytes > 0) written = scanned.end;
    await options.onSegment?.(number);
  }
  await settle(before, ends?.last, options);
  for (const number of missing) onDamage({ kind: 'missing', segment: segmentName(number) });
  return written;
}

interface ScannedSegment {
  readonly head: SegmentHead | undefined;
  /** Of its last good frame. */
  readonly end: SegmentEnd;
  /** Bytes of the file. */
  readonly size: number;
  readonly damaged: boolean;
}

async function scan(number: number, options: ReadOptions): Promise<ScannedSegment> {
  const { disk, log, onRecord, onDamage } = options;
  const segment = segmentName(number);
  let head: SegmentHead | undefined;
  let end: SegmentEnd = { number, bytes: 0, checksum: 0 };
  let damaged = false;
  let size = 0;
  let turn = TURN_BYTES;
  try {
    const bytes = await disk.read(segment);
    size = bytes.length;
    for (const found of frames(number, bytes)) {
      switch (found.kind) {
        case 'damage':
          damaged = true;
          onDamage({ ...found, segment });
          continue;
        case 'torn': // what is known of the segment says whether it was acknowledged
          continue;
        case 'head':
          head = decodeHead(found.payload);
          if (head.log !== log)
            throw new UnreadableLog('foreign', `is of the log "${head.log}", not "${log}"`);
          break;
        case 'record': {
          const done = onRecord(found.payload, number);
          if (done !== undefined) await done;
          break;
        }
        case 'mark':
          break;
      }
      end = after(end, found);
      if (end.bytes < turn) continue;
      turn = end.bytes + TURN_BYTES;
      await new Promise((resolve) => setImmediate(resolve));
    }
  } catch (error) {
    throw error instanceof UnreadableLog ? error.in(`${log}/${segment}`) : error;
  }
  return { head, end, size, damaged };
}

function after(
  { number, checksum }: SegmentEnd,
  { header, to }: { readonly header: Uint8Array; readonly to: number },
): SegmentEnd {
  return { number, bytes: to, checksum: crc32(header, checksum) };
}

/** Compares a segment with what is said of it, by its number. */
async function settle(
  found: ScannedSegment | undefined,
  said: SegmentEnd | undefined,
  { disk, onDamage }: ReadOptions,
): Promise<void> {
  if (found === undefined) return;
  const { end, size, damaged } = found;
  const segment = segmentName(end.number);
  const known = said?.number === end.number ? said : undefined;
  const kept = Math.min(known?.bytes ?? 0, size);
  if (kept > end.bytes) onDamage({ kind: 'damage', segment, from: end.bytes, to: kept });
  else if (size > end.bytes) onDamage({ kind: 'torn', segment, from: end.bytes, to: size });
  if (known === undefined) return;
  if (known.bytes > size) onDamage({ kind: 'cut', segment, from: size, to: known.bytes });
  else if (!damaged && kept <= end.bytes && (await checksumUpTo(end, known.bytes, disk)) !== known.checksum)
    onDamage({ kind: 'changed', segment });
}

async function checksumUpTo(end: SegmentEnd, bytes: number, disk: Disk): Promise<number> {
  if (bytes === end.bytes) return end.checksum;
  let part: SegmentEnd = { ...end, bytes: 0, checksum: 0 };
  for (const found of frames(end.number, await disk.read(segmentName(end.number)))) {
    if (!('header' in found) || found.to > bytes) break;
    part = after(part, found);
  }
  return part.checksum;
}
