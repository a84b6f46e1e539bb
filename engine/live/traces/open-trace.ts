import type { TracePiece } from '../judge/snapshot.js';
import type { Due } from './due-queue.js';
import { isNoId, SpanIds } from './span-ids.js';

/** A trace that is open, or closed and kept for spans that come late. Times are the clock's, in milliseconds. */
export interface OpenTrace extends Due {
  readonly key: string;
  readonly tenant: string;
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  readonly pieces: TracePiece[];
  /** The oldest segment of the log that has spans of it. */
  readonly segment: number;
  /** When it was opened, or last judged for its age. */
  openedAt: number;
  lastArrival: number;
  spans: number;
  /** Nanoseconds: the latest end of a span. */
  latestEnd: bigint;
  /** Nanoseconds: the earliest start of a span. */
  earliestStart: bigint;
  /** Grows with every request that brings spans. */
  generation: number;
  /** The generation that each closing group of the rules has judged; 0 or absent before it did. */
  readonly judged: number[];
  /** The last known wholeness, and the generation it is of. */
  whole: { readonly generation: number; readonly value: boolean } | undefined;
  /** How it was closed first. */
  closedAs: Basis | undefined;
}

/**
 * What a verdict rests on: `complete`, a root and every parent; `quiet`, no span for long; `partial`, closed although spans
 * were still coming, for its age or for want of memory.
 */
export type Basis = 'complete' | 'quiet' | 'partial';

/**
 * … or `early`: its trace is still open, and no span that may come changes the verdict; or `flow`: the traces of its flow are closed that
 * have come by then; or `stored`: stored blocks have the spans.
 */
export type VerdictBasis = Basis | 'early' | 'flow' | 'stored';

/**
 * Maps hold traces of all tenants, under keys that cannot be confused: trace ids have no zero byte in hex. They are held for long, so each is one
 * text and not a chain of its parts, which takes several times the room.
 */
export function traceKey(tenant: string, traceId: string): string {
  return Buffer.from(`${traceId}\0${tenant}`).toString();
}

/** 32 lower-case hex digits. */
export function traceIdOf(key: string): string {
  return key.slice(0, 32);
}

/** Whether the root is there and every parent that a span names. Linear in the spans; remembered until more arrive. */
export function isWhole(trace: OpenTrace): boolean {
  if (trace.whole?.generation === trace.generation) return trace.whole.value;
  const value = findWhole(trace.pieces);
  trace.whole = { generation: trace.generation, value };
  return value;
}

const ids = new SpanIds();

function findWhole(pieces: readonly TracePiece[]): boolean {
  ids.clear();
  for (const { batch, rows } of pieces) for (const row of rows) ids.add(batch.spanIds, row * 8);
  let rooted = false;
  for (const { batch, rows } of pieces)
    for (const row of rows) {
      if (isNoId(batch.parentIds, row * 8)) rooted = true;
      else if (!ids.has(batch.parentIds, row * 8)) return false;
    }
  return rooted;
}
