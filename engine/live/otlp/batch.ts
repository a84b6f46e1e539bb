import type { UnreadableSpan } from '../../otlp/request.js';

/**
 * The spans of one OTLP request as columns: what finding, merging and closing traces needs of each span is in typed
 * arrays, and the rest stays in the bytes of the request until a trace is judged and it is known which attributes rules read.
 */
export interface SpanBatch {
  /** The protobuf request; every range of the batch points into it. */
  readonly bytes: Uint8Array;
  readonly count: number;
  /** 16 bytes a span. */
  readonly traceIds: Uint8Array;
  /** 8 bytes a span. */
  readonly spanIds: Uint8Array;
  /** 8 bytes a span; all zero for a root. */
  readonly parentIds: Uint8Array;
  /** OTLP numbers. */
  readonly kinds: Int32Array;
  /** Nanoseconds since the Unix epoch. */
  readonly starts: BigInt64Array;
  /** Nanoseconds; 0 where a span ends before it starts. */
  readonly durations: BigInt64Array;
  /** Where the span's message is in `bytes`: from `from[n]` to `to[n]`. */
  readonly from: Uint32Array;
  readonly to: Uint32Array;
  /** Index in `groups`. */
  readonly groupOf: Uint32Array;
  readonly groups: readonly SpanGroup[];
  readonly refused: Refusals;
}

/** Spans of one resource and instrumentation scope. A range of no bytes is an empty message. */
export interface SpanGroup {
  readonly resource: ByteRange;
  readonly scope: ByteRange;
}

export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

/** Spans of the request that are not in the batch. */
export interface Refusals {
  /** Spans that this product wrote: judging them would feed violations back into themselves. */
  readonly own: number;
  /** Spans that no backend could store, by reason. */
  readonly invalid: ReadonlyMap<InvalidSpan, number>;
}

export type InvalidSpan = UnreadableSpan | 'time';

/** Says what was wrong, for `ExportTracePartialSuccess.error_message`. */
export const INVALID_SPAN_TEXT: Readonly<Record<InvalidSpan, string>> = {
  'trace id': 'the trace id is not 16 bytes with at least one of them not zero',
  'span id': 'the span id is not 8 bytes with at least one of them not zero',
  time: 'start or end is later than the year 2115',
  value: 'a value is not of the type that it says',
};

export function refusedCount({ invalid }: Refusals): number {
  let total = 0;
  for (const count of invalid.values()) total += count;
  return total;
}

/** The key of a trace in maps: its id as 32 lower-case hex digits. */
export function traceIdAt(batch: SpanBatch, index: number): string {
  return hexAt(batch.traceIds, index * 16, 16);
}

export function hexAt(bytes: Uint8Array, from: number, length: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + from, length).toString('hex');
}
