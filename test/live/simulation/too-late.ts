/** Spans that come when their trace is over beyond doubt: they are counted, and never judged, whatever crashes later. */
import type { Span } from '../../../engine/otlp/model.js';
import { keyOf } from './judged.js';
import type { Request } from './workload.js';

interface Known {
  /** Which process heard of the trace last. */
  readonly process: object;
  /** When a span of it came last, virtual milliseconds. */
  readonly at: number;
  readonly isOver: boolean;
}

export class TooLate {
  private readonly traces = new Map<string, Known>();
  private readonly late = new Set<Span>();
  private readonly inTime = new Set<Span>();

  /** A request is sent. `keptMs`: how long a trace is kept after its last span, at most. */
  sent({ tenant, spans }: Request, process: object, timeMs: number, keptMs: number): void {
    const before = new Map(this.traces);
    for (const { traceId, span } of spans) {
      const key = keyOf({ tenant, traceId });
      const known = before.get(key);
      const isOver = known?.process === process && (known.isOver || timeMs - known.at > keptMs);
      this.traces.set(key, { process, at: timeMs, isOver });
      (isOver ? this.late : this.inTime).add(span);
    }
  }

  /** Whether the span never came but too late. */
  has(span: Span): boolean {
    return this.late.has(span) && !this.inTime.has(span);
  }
}
