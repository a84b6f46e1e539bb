import { type NestedSet, nestedSets } from '../../spans/nested-sets.js';
import { hexAt, type SpanBatch } from '../otlp/batch.js';
import { SPAN, WireReader } from '../otlp/fields.js';
import { isNoId, SpanIds } from '../traces/span-ids.js';
import type { TraceSnapshot } from './snapshot.js';

/** A span in the request that brought it. */
export interface SpanRef {
  readonly batch: SpanBatch;
  readonly row: number;
}

/** A trace in which each (span id, kind) is there once. */
export interface MergedTrace {
  readonly traceId: string;
  readonly spans: readonly SpanRef[];
  /** Nanoseconds. */
  readonly start: bigint;
  readonly end: bigint;
  readonly root?: SpanRef;
}

const ids = new SpanIds();

/** Of copies of one (span id, kind) the earliest start stays, then the longest duration, then the first name. */
export function mergeTrace({ traceId, pieces }: TraceSnapshot): MergedTrace {
  ids.clear();
  const spans: SpanRef[] = [];
  for (const { batch, rows } of pieces)
    for (const row of rows) {
      const span = { batch, row };
      const n = ids.add(batch.spanIds, row * 8, batch.kinds[row]!);
      if (n === spans.length) spans.push(span);
      else if (isPreferred(span, spans[n]!)) spans[n] = span;
    }
  let start: bigint | undefined;
  let end = 0n;
  let root: SpanRef | undefined;
  for (const span of spans) {
    const from = startOf(span);
    const to = from + span.batch.durations[span.row]!;
    if (start === undefined || from < start) start = from;
    if (to > end) end = to;
    if (isRoot(span) && (root === undefined || isBefore(span, root))) root = span;
  }
  return { traceId, spans, start: start ?? 0n, end, ...(root === undefined ? {} : { root }) };
}

/** Numbers as Tempo gives them; see `nested-sets.ts`. */
export function numbered({ spans }: MergedTrace): readonly NestedSet[] {
  return nestedSets(
    spans.map((span) => ({
      spanId: hexAt(span.batch.spanIds, span.row * 8, 8),
      parentId: isRoot(span) ? '' : hexAt(span.batch.parentIds, span.row * 8, 8),
      kind: span.batch.kinds[span.row]!,
      start: startOf(span),
    })),
  );
}

export function isRoot({ batch, row }: SpanRef): boolean {
  return isNoId(batch.parentIds, row * 8);
}

function isPreferred(span: SpanRef, other: SpanRef): boolean {
  if (startOf(span) !== startOf(other)) return startOf(span) < startOf(other);
  const duration = span.batch.durations[span.row]!;
  const otherDuration = other.batch.durations[other.row]!;
  if (duration !== otherDuration) return duration > otherDuration;
  return Buffer.compare(nameOf(span), nameOf(other)) < 0;
}

function isBefore(span: SpanRef, other: SpanRef): boolean {
  if (startOf(span) !== startOf(other)) return startOf(span) < startOf(other);
  const order = Buffer.compare(idOf(span), idOf(other));
  return order === 0 ? span.batch.kinds[span.row]! < other.batch.kinds[other.row]! : order < 0;
}

function startOf({ batch, row }: SpanRef): bigint {
  return batch.starts[row]!;
}

function idOf({ batch, row }: SpanRef): Uint8Array {
  return batch.spanIds.subarray(row * 8, row * 8 + 8);
}

function nameOf({ batch, row }: SpanRef): Uint8Array {
  const reader = WireReader.create(batch.bytes);
  let name: Uint8Array = new Uint8Array(0);
  reader.pos = batch.from[row]!;
  while (reader.pos < batch.to[row]!) {
    const tag = reader.uint32();
    if (tag === SPAN.name) name = reader.bytes();
    else reader.skipType(tag & 7);
  }
  return name;
}
