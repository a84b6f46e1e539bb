import { UnreadableLog } from '../log/unreadable.js';

/** What the write-ahead log of spans holds. */
export type SpanRecord =
  | {
      readonly kind: 'spans';
      readonly tenant: string;
      /** The request, in protobuf form. */
      readonly body: Uint8Array;
    }
  /** Keys of traces that are over: their spans in the log must not be judged again. */
  | { readonly kind: 'over'; readonly traces: readonly string[] }
  /**
   * Keys of the traces that are open, with the segment that their first span is in at the earliest: of all others, spans in records before this one must
   * not be judged again. Without it, whoever reads the log had to know every trace that is over.
   */
  | { readonly kind: 'open'; readonly traces: readonly (readonly [key: string, segment: number])[] };

const SPANS = 1;
const OVER = 2;
const OPEN = 3;
const LONGEST_TENANT = 0xff;

/** The parts of a record, so that the body is not copied. */
export function spansRecord(tenant: string, body: Uint8Array): readonly Uint8Array[] {
  const name = Buffer.from(tenant);
  if (name.length > LONGEST_TENANT) throw new RangeError('the tenant id is too long');
  return [Buffer.from([SPANS, name.length]), name, body];
}

export function overRecord(traces: readonly string[]): readonly Uint8Array[] {
  return [Buffer.from([OVER]), Buffer.from(JSON.stringify(traces))];
}

export function openRecord(traces: Iterable<readonly [key: string, segment: number]>): readonly Uint8Array[] {
  return [Buffer.from([OPEN]), Buffer.from(JSON.stringify([...traces]))];
}

/** Throws `UnreadableLog` for a record of a kind that this version does not know: what it says must not be passed over. */
export function decodeSpanRecord(payload: Uint8Array): SpanRecord {
  const buffer = Buffer.from(payload.buffer, payload.byteOffset, payload.length);
  switch (buffer[0]) {
    case SPANS: {
      const bodyAt = 2 + buffer[1]!;
      // A copy, as a view would hold the whole segment in memory.
      return {
        kind: 'spans',
        tenant: buffer.toString('utf8', 2, bodyAt),
        body: Buffer.from(buffer.subarray(bodyAt)),
      };
    }
    case OVER:
      return { kind: 'over', traces: JSON.parse(buffer.toString('utf8', 1)) as string[] };
    case OPEN:
      return { kind: 'open', traces: JSON.parse(buffer.toString('utf8', 1)) as [string, number][] };
    case '{'.charCodeAt(0):
      throw new UnreadableLog('foreign', 'has records of the outbox or of evidence, not of spans');
    default:
      throw new UnreadableLog(
        'newer',
        `has a record of the kind ${buffer[0]}, which this version does not know`,
      );
  }
}
