/** What was judged, as seen from where it is judged. */

import type { TraceSnapshot } from '../../../engine/live/judge/snapshot.js';
import type { Span } from '../../../engine/otlp/model.js';
import type { RulePlan } from '../../../engine/plan/plan.js';
import type { KnownRequests } from './known-requests.js';

export interface RuleCases {
  readonly passed: number;
  readonly cannotTell: number;
  /** Ids. */
  readonly violated: readonly string[];
}

export interface JudgedTrace {
  readonly tenant: string;
  readonly traceId: string;
  readonly spans: ReadonlySet<Span>;
}

/** How a rule failed on traces of one tenant. */
export interface RuleFailures {
  /** Ids of the traces that it failed on alone. */
  readonly alone: ReadonlySet<string>;
  /** How often it failed on some traces. */
  readonly parts: number;
}

/** When rules were tried: virtual milliseconds, and whether the trace was still open. */
export interface JudgingMoment {
  readonly at: number;
  readonly early: boolean;
}

/** What a rule said of a trace when it was closed last. */
export interface LastJudgement {
  readonly at: number;
  readonly spans: ReadonlySet<Span>;
  /** Undefined where the rule failed. */
  readonly cases: RuleCases | undefined;
}

interface Known {
  spans: ReadonlySet<Span>;
  /** By rule and revision. */
  readonly byRule: Map<string, LastJudgement>;
}

/** Remembers for each trace the spans that it was last judged with, and what each rule said. */
export class Judged {
  private readonly traces = new Map<string, Known>();
  /** For every violation that some rule ever found, its trace. */
  readonly foundIn = new Map<string, string>();
  /** By tenant and rule. */
  private readonly failed = new Map<string, { readonly alone: Set<string>; parts: number }>();
  /** Traces that were judged with fewer spans than before, by `traceKeyOf`. */
  readonly shrunk = new Set<string>();

  constructor(private readonly requests: KnownRequests) {}

  traceOf({ traceId, pieces }: TraceSnapshot): JudgedTrace {
    const known = pieces.flatMap(({ batch, rows }) => {
      const spans = this.requests.spansOf(batch);
      return rows.map((row) => spans[row]!);
    });
    const [first] = known;
    if (first === undefined) throw new Error(`trace ${traceId} was judged without spans`);
    if (known.some((span) => span.traceId !== traceId || span.tenant !== first.tenant))
      throw new Error(`trace ${traceId} of ${first.tenant} was judged with spans of another`);
    return { tenant: first.tenant, traceId, spans: new Set(known.map(({ span }) => span)) };
  }

  begin(trace: JudgedTrace): void {
    const known = this.traces.get(keyOf(trace));
    if (known === undefined) {
      this.traces.set(keyOf(trace), { spans: trace.spans, byRule: new Map() });
      return;
    }
    for (const span of known.spans) if (!trace.spans.has(span)) this.shrunk.add(keyOf(trace));
    known.spans = trace.spans;
  }

  /** `cases` is undefined where the rule failed. */
  note(trace: JudgedTrace, rule: RulePlan, cases: RuleCases | undefined, { at, early }: JudgingMoment): void {
    const { byRule } = this.traces.get(keyOf(trace))!;
    // Not all that is found early is final at once.
    if (!early) byRule.set(ruleKeyOf(rule), { at, spans: trace.spans, cases });
    for (const id of cases?.violated ?? []) this.foundIn.set(id, keyOf(trace));
  }

  /** The rule failed on all of these traces together. */
  noteFailed(traces: readonly JudgedTrace[], rule: RulePlan, moment: JudgingMoment): void {
    for (const trace of traces) this.note(trace, rule, undefined, moment);
    this.noteFailure(traces, rule);
  }

  /** The rule could not be tried on these traces together. */
  noteFailure(traces: readonly JudgedTrace[], rule: RulePlan): void {
    const [first] = traces;
    if (first === undefined) return;
    const key = `${first.tenant} ${ruleKeyOf(rule)}`;
    const known = this.failed.get(key) ?? { alone: new Set<string>(), parts: 0 };
    this.failed.set(key, known);
    known.parts++;
    if (traces.length === 1) known.alone.add(first.traceId);
  }

  failures(tenant: string, rule: RulePlan): RuleFailures {
    return this.failed.get(`${tenant} ${ruleKeyOf(rule)}`) ?? { alone: new Set(), parts: 0 };
  }

  /** The spans that the trace was last judged with; none where it never was. */
  spansOf(key: string): ReadonlySet<Span> {
    return this.traces.get(key)?.spans ?? new Set();
  }

  /** The trace as it was judged last. */
  snapshotOf(trace: Omit<JudgedTrace, 'spans'>): JudgedTrace {
    return { ...trace, spans: this.spansOf(keyOf(trace)) };
  }

  /** Undefined where the rule was not tried when the trace was closed. */
  last(key: string, rule: Pick<RulePlan, 'id' | 'revision'>): LastJudgement | undefined {
    return this.traces.get(key)?.byRule.get(ruleKeyOf(rule));
  }
}

export function keyOf({ tenant, traceId }: { readonly tenant: string; readonly traceId: string }): string {
  return `${tenant} ${traceId}`;
}

export function ruleKeyOf({ id, revision }: Pick<RulePlan, 'id' | 'revision'>): string {
  return `${id} ${revision}`;
}
