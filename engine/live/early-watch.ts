import type { EarlyRules } from './rules/rule-set.js';
import type { OpenTrace } from './traces/open-trace.js';

/** Tenants whose latest span is remembered. */
const MOST_TENANTS = 10_000;

/** Which traces to judge before they are closed: those with new spans, and those in which a deadline has passed. */
export class EarlyWatch {
  /** Traces with spans that rules have not been tried on early. */
  private touched = new Set<OpenTrace>();
  /** Traces in which a deadline may pass, with the time of the spans at which it has. */
  private readonly deadlines = new Map<OpenTrace, number>();
  /** For each tenant, the latest end of a span, in milliseconds. */
  private readonly latestEnds = new Map<string, number>();

  /** `wall` gives milliseconds since the Unix epoch, as the times of spans are. */
  constructor(
    private readonly wall: () => number,
    private readonly latenessMs: number,
  ) {}

  /** The latest end of a span of any tenant, in milliseconds; none was later than when it came. */
  get latest(): number {
    let latest = 0;
    for (const end of this.latestEnds.values()) if (end > latest) latest = end;
    return latest;
  }

  /** Notes that spans of these traces have come. */
  noteSpans(tenant: string, traces: Iterable<OpenTrace>, early: EarlyRules | undefined): void {
    const wall = this.wall();
    let latest = this.latestEnds.get(tenant) ?? 0;
    for (const trace of traces) {
      const end = Math.min(wall, endOf(trace));
      if (end > latest) latest = end;
      if (early === undefined) continue;
      this.touched.add(trace);
      if (early.longestMs !== undefined && !this.deadlines.has(trace))
        this.deadlines.set(trace, end + early.longestMs);
    }
    // The tenant with the latest span is last in the map, and the first is removed when there are too many.
    this.latestEnds.delete(tenant);
    this.latestEnds.set(tenant, latest);
    const [oldest] = this.latestEnds.size > MOST_TENANTS ? this.latestEnds.keys() : [];
    if (oldest !== undefined) this.latestEnds.delete(oldest);
  }

  /** Has the trace tried by rules that are new. */
  touch(trace: OpenTrace): void {
    this.touched.add(trace);
  }

  /** The traces with new spans since the last call. */
  takeTouched(): ReadonlySet<OpenTrace> {
    const { touched } = this;
    this.touched = new Set();
    return touched;
  }

  /** The traces in which a deadline has passed since the last call. */
  takePassed({ longestMs = 0 }: EarlyRules): readonly OpenTrace[] {
    const passed: OpenTrace[] = [];
    for (const [trace, deadline] of this.deadlines) {
      if (deadline > this.watermark(trace.tenant)) continue;
      passed.push(trace);
      this.deadlines.delete(trace);
      const next = endOf(trace) + longestMs;
      if (next > deadline) this.deadlines.set(trace, Math.min(next, this.wall() + longestMs));
    }
    return passed;
  }

  /** The time up to which spans have come, in milliseconds: what ended earlier is taken as arrived. */
  watermark(tenant: string): number {
    return Math.min(this.wall(), this.latestEnds.get(tenant) ?? 0) - this.latenessMs;
  }

  /** The trace is closed, or gone. */
  forget(trace: OpenTrace): void {
    this.deadlines.delete(trace);
    this.touched.delete(trace);
  }
}

function endOf({ latestEnd }: OpenTrace): number {
  return Number(latestEnd / 1_000_000n);
}
