import type { Span } from '../../../engine/otlp/model.js';
import { keyOf } from './judged.js';
import type { Request } from './workload.js';

/** How often and since when a span was sent. */
interface Sendings {
  readonly first: number;
  count: number;
}

/** When which spans were sent and came, and which were acknowledged: what was promised. Times are virtual milliseconds. */
export class Arrivals {
  private readonly sendings = new Map<string, Map<Span, Sendings>>();
  private readonly traces = new Map<
    string,
    { readonly spans: Map<Span, number>; readonly times: number[] }
  >();

  /** Whether it will come, and when, is not known yet. */
  sent({ tenant, spans }: Request, timeMs: number): void {
    for (const { traceId, span } of spans) {
      const key = keyOf({ tenant, traceId });
      const sendings = this.sendings.get(key) ?? new Map<Span, Sendings>();
      this.sendings.set(key, sendings);
      const known = sendings.get(span) ?? { first: timeMs, count: 0 };
      sendings.set(span, known);
      known.count++;
    }
  }

  /** An acknowledgement may get lost: then the sender knows of nothing, and the spans are there. */
  arrived({ tenant, spans }: Request, timeMs: number, acknowledged: boolean): void {
    for (const { traceId, span } of spans) {
      const key = keyOf({ tenant, traceId });
      const known = this.traces.get(key) ?? { spans: new Map<Span, number>(), times: [] };
      this.traces.set(key, known);
      if (acknowledged && !known.spans.has(span)) known.spans.set(span, timeMs);
      known.times.push(timeMs);
    }
  }

  keys(): readonly string[] {
    return [...this.traces.keys()];
  }

  /** The spans of the trace, with the time when each was acknowledged first. */
  spansOf(key: string): ReadonlyMap<Span, number> {
    return this.traces.get(key)?.spans ?? new Map();
  }

  /** When these spans of the trace could all be there at the earliest. */
  sentBy(key: string, spans: Iterable<Span>): number {
    const sendings = this.sendings.get(key);
    return Math.max(...[...spans].map((span) => sendings?.get(span)?.first ?? Number.NEGATIVE_INFINITY));
  }

  /** As how many spans of the trace came at most, those that came again included. */
  mostOf(key: string): number {
    return [...(this.sendings.get(key)?.values() ?? [])].reduce((sum, { count }) => sum + count, 0);
  }

  /** When the first span of the trace came. */
  firstOf(key: string): number {
    return Math.min(...(this.traces.get(key)?.times ?? []));
  }

  /** When the last span of the trace came up to then; minus infinity where none had. */
  lastOf(key: string, until: number): number {
    return Math.max(...(this.traces.get(key)?.times ?? []).filter((time) => time <= until));
  }

  /** When the last span of the trace came that was sent at `from` or came while it was waited for; `keptUntil`: for how long one that came then keeps it. */
  lastWaitedFor(key: string, from: number, keptUntil: (timeMs: number) => number): number {
    let last = from;
    for (const time of [...(this.traces.get(key)?.times ?? [])].sort((a, b) => a - b))
      if (time <= keptUntil(last)) last = Math.max(last, time);
    return last;
  }

  /** Whether no span of the trace came for `quietMs` at some time before `untilMs`. */
  wasQuiet(key: string, quietMs: number, untilMs = Number.POSITIVE_INFINITY): boolean {
    const times = (this.traces.get(key)?.times ?? []).filter((time) => time <= untilMs);
    return times.some((time, n) => n > 0 && time - times[n - 1]! >= quietMs);
  }
}
