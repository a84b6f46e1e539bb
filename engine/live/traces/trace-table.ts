import type { TracePiece } from '../judge/snapshot.js';
import type { SpanBatch } from '../otlp/batch.js';
import type { ArrivedSpans } from './arrived.js';
import type { OpenTrace } from './open-trace.js';
import { Tombstones } from './tombstones.js';

/** What a span takes in addition to its bytes: its place in the columns of the batch and in the trace. */
const SPAN_OVERHEAD = 80;
/** What a trace takes by itself. */
const TRACE_OVERHEAD = 900;

/** What became of the spans of a request. */
export interface Added {
  /** Traces that have new spans. */
  readonly touched: ReadonlySet<OpenTrace>;
  /** Spans of traces that were already judged. */
  readonly late: number;
  /** Spans of traces that are over, which are not kept. */
  readonly tooLate: number;
}

/** The traces that are held, and what they take. */
export class TraceTable {
  /** In the order of their last spans, so that the first is the longest quiet. */
  private readonly traces = new Map<string, OpenTrace>();
  /** For each batch, how many traces hold on to it. */
  private readonly holders = new Map<SpanBatch, number>();
  /** For each segment, how many traces begin in it. */
  private readonly beginnings = new Map<number, number>();
  private readonly over: Tombstones;
  /** Bytes that the traces take, about. */
  bytes = 0;

  constructor(tombstones: number) {
    this.over = new Tombstones(tombstones);
  }

  get size(): number {
    return this.traces.size;
  }

  values(): Iterable<OpenTrace> {
    return this.traces.values();
  }

  get(key: string): OpenTrace | undefined {
    return this.traces.get(key);
  }

  /** `leavesOut`: traces whose spans in the batch count for nothing. */
  add(
    { tenant, batch, rowsOf }: ArrivedSpans,
    segment: number,
    now: number,
    leavesOut: (key: string) => boolean = () => false,
  ): Added {
    const touched = new Set<OpenTrace>();
    let late = 0;
    let tooLate = 0;
    for (const [key, rows] of rowsOf) {
      if (leavesOut(key)) continue;
      if (this.over.has(key)) {
        tooLate += rows.length;
        continue;
      }
      const known = this.traces.get(key);
      const piece = { batch, rows };
      const trace = known ?? open(key, tenant, segment, now, piece);
      known?.pieces.push(piece);
      if (known === undefined) {
        this.beginnings.set(segment, (this.beginnings.get(segment) ?? 0) + 1);
        this.bytes += TRACE_OVERHEAD;
      } else this.traces.delete(key);
      this.traces.set(key, trace);
      if (trace.closedAs !== undefined) late += rows.length;
      this.extend(trace, piece, now);
      touched.add(trace);
    }
    return { touched, late, tooLate };
  }

  /** Lets go of a trace for good. */
  remove(trace: OpenTrace): void {
    if (this.release(trace)) this.over.add(trace.key);
  }

  /** Lets go of a trace whose spans may come again; false where it is not here. */
  release(trace: OpenTrace): boolean {
    if (!this.traces.delete(trace.key)) return false;
    this.bytes -= TRACE_OVERHEAD;
    const begun = (this.beginnings.get(trace.segment) ?? 1) - 1;
    if (begun === 0) this.beginnings.delete(trace.segment);
    else this.beginnings.set(trace.segment, begun);
    for (const batch of new Set(trace.pieces.map((piece) => piece.batch))) this.letGoOf(batch);
    return true;
  }

  /** Whether a trace was let go of, as far as that is remembered. */
  isOver(key: string): boolean {
    return this.over.has(key);
  }

  /** Says that a trace is over that is not here. */
  bury(key: string): void {
    this.over.add(key);
  }

  /** The oldest segment of the log that some trace needs; undefined when none does. */
  get oldestSegment(): number | undefined {
    let oldest: number | undefined;
    for (const segment of this.beginnings.keys())
      if (oldest === undefined || segment < oldest) oldest = segment;
    return oldest;
  }

  private extend(trace: OpenTrace, { batch, rows }: TracePiece, now: number): void {
    trace.spans += rows.length;
    trace.lastArrival = now;
    trace.generation++;
    for (const row of rows) {
      const start = batch.starts[row]!;
      if (start < trace.earliestStart) trace.earliestStart = start;
      const end = start + batch.durations[row]!;
      if (end > trace.latestEnd) trace.latestEnd = end;
    }
    const holders = this.holders.get(batch) ?? 0;
    if (holders === 0) this.bytes += batch.bytes.length + batch.count * SPAN_OVERHEAD;
    this.holders.set(batch, holders + 1);
  }

  private letGoOf(batch: SpanBatch): void {
    const holders = (this.holders.get(batch) ?? 1) - 1;
    if (holders > 0) this.holders.set(batch, holders);
    else {
      this.holders.delete(batch);
      this.bytes -= batch.bytes.length + batch.count * SPAN_OVERHEAD;
    }
  }
}

/** Later than any span. */
const LATEST = 1n << 62n;

/** Lists begin with what most traces have in them: a list that grows from nothing takes room for sixteen more. */
function open(key: string, tenant: string, segment: number, now: number, piece: TracePiece): OpenTrace {
  return {
    key,
    tenant,
    traceId: key.slice(0, 32),
    pieces: [piece],
    segment,
    openedAt: now,
    lastArrival: now,
    spans: 0,
    latestEnd: 0n,
    earliestStart: LATEST,
    generation: 0,
    judged: [0],
    dueAt: Number.POSITIVE_INFINITY,
    whole: undefined,
    closedAs: undefined,
  };
}
