import { UnreadableLog } from '../log/unreadable.js';
import type { Basis } from '../traces/open-trace.js';

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
  | { readonly kind: 'open'; readonly traces: readonly (readonly [key: string, segment: number])[] }
  /** The time by `ServedClock`: records before this one came no later, those behind no earlier. `began`: when its process began. */
  | { readonly kind: 'time'; readonly at: number; readonly began: number }
  | ({ readonly kind: 'judged' } & JudgedTraces);

/** Traces that rules have judged, and what came of it is in the outbox. */
export interface JudgedTraces {
  /** By `ServedClock`. */
  readonly at: number;
  /** Names the set of rules … */
  readonly rules: string;
  /** … and which group of it has judged. */
  readonly group: string;
  readonly traces: readonly JudgedTrace[];
}

export interface JudgedTrace {
  readonly key: string;
  /** How many spans it had. */
  readonly spans: number;
  readonly basis: Basis;
  /** Whether all rules have judged it now. */
  readonly closed: boolean;
}

const SPANS = 1;
const OVER = 2;
const OPEN = 3;
const TIME = 4;
const JUDGED = 5;
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

export function timeRecord(time: number, began: number): readonly Uint8Array[] {
  return [Buffer.from([TIME]), Buffer.from(JSON.stringify({ at: time, began }))];
}

export function judgedRecord({ traces, ...rest }: JudgedTraces): readonly Uint8Array[] {
  const rows = traces.map(({ key, spans, basis, closed }): JudgedRow => [key, spans, basis, closed]);
  return [Buffer.from([JUDGED]), Buffer.from(JSON.stringify({ ...rest, traces: rows }))];
}

/** In the place of an object, as there are many. */
type JudgedRow = readonly [key: string, spans: number, basis: Basis, closed: boolean];
type JudgedJson = Omit<JudgedTraces, 'traces'> & { readonly traces: readonly JudgedRow[] };

/** Whether it is of the kind that is read last: to find out costs nothing. */
export function isSpansRecord(payload: Uint8Array): boolean {
  return payload[0] === SPANS;
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
    case TIME:
      return { kind: 'time', ...(JSON.parse(buffer.toString('utf8', 1)) as { at: number; began: number }) };
    case JUDGED: {
      const { traces, ...rest } = JSON.parse(buffer.toString('utf8', 1)) as JudgedJson;
      return {
        ...{ kind: 'judged', ...rest },
        traces: traces.map(([key, spans, basis, closed]) => ({ key, spans, basis, closed })),
      };
    }
    case '{'.charCodeAt(0):
      throw new UnreadableLog('foreign', 'has records of the outbox or of evidence, not of spans');
    default:
      throw new UnreadableLog(
        'newer',
        `has a record of the kind ${buffer[0]}, which this version does not know`,
      );
  }
}
