import type { Span } from '../../../engine/otlp/model.js';
import { keyOf } from './judged.js';
import type { Request } from './workload.js';

/** When which spans came, and which were acknowledged: what was promised. Times are virtual milliseconds. */
export class Arrivals {
  private readonly traces = new Map<
    string,
    { readonly spans: Map<Span, number>; readonly times: number[] }
  >();

  /** An acknowledgement may get lost: then the sender knows of nothing, and the spans are there. */
  arrived({ tenant, spans }: Request, at: number, acknowledged: boolean): void {
    for (const { traceId, span } of spans) {
      const key = keyOf({ tenant, traceId });
      const known = this.traces.get(key) ?? { spans: new Map<Span, number>(), times: [] };
      this.traces.set(key, known);
      if (acknowledged && !known.spans.has(span)) known.spans.set(span, at);
      known.times.push(at);
    }
  }

  keys(): readonly string[] {
    return [...this.traces.keys()];
  }

  /** The spans of the trace, with the time when each was acknowledged first. */
  spansOf(key: string): ReadonlyMap<Span, number> {
    return this.traces.get(key)?.spans ?? new Map();
  }

  /** How many spans of the trace came, those that came again included. */
  countOf(key: string): number {
    return this.traces.get(key)?.times.length ?? 0;
  }

  /** When the first span of the trace came. */
  firstOf(key: string): number {
    return Math.min(...(this.traces.get(key)?.times ?? []));
  }

  /** When the last span of the trace came up to then; minus infinity where none had. */
  lastOf(key: string, until: number): number {
    return Math.max(...(this.traces.get(key)?.times ?? []).filter((time) => time <= until));
  }

  /** Whether no span of the trace came for `quietMs` at some time before `at`. */
  wasQuiet(key: string, quietMs: number, at = Number.POSITIVE_INFINITY): boolean {
    const times = (this.traces.get(key)?.times ?? []).filter((time) => time <= at);
    return times.some((time, n) => n > 0 && time - times[n - 1]! >= quietMs);
  }
}
