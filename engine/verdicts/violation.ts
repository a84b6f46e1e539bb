export interface FoundViolation {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** Nanoseconds: start of the first bound span, else of the trace. */
  readonly time: bigint;
  /** Index in `RulePlan.clauses`. */
  readonly clause: number;
  /** Of a rule across traces: the values of the key of its flow. */
  readonly key?: FlowValues;
  /** Of a case of a flow that is judged again while its spans come. */
  readonly watched?: WatchedCase;
  readonly rootService?: string;
  /** Bound spans first, then spans that a test matched; each by (start, span id, kind, name). */
  readonly evidence: readonly EvidenceSpan[];
  /** What the clause compared, by the text that names it; null where it was missing. */
  readonly values: ReadonlyMap<string, unknown>;
  /** By `resource.service.version` and the like: what the span that it is about has of what the plan carries. Absent where nobody asked. */
  readonly carried?: ReadonlyMap<string, unknown>;
}

/** A violation that is listed. */
export interface TraceViolation extends FoundViolation {
  /** 32 hex digits; the same whenever and however the same violation is found. */
  readonly id: string;
}

export interface WatchedCase {
  /** The values of its key as a JSON array: numbers in it may have more digits than one here can. */
  readonly flow: string;
  /** Nanoseconds: between which spans start that the case may depend on. */
  readonly firstNs: bigint;
  readonly lastNs: bigint;
  /** Whether the judgement counts the case, or one before did, or it may still see spans: each is counted once. */
  readonly counted: 'now' | 'before' | 'not yet';
}

/** The values of a flow's key, by the text of each field: `span.order.id`; of linked traces the id of the trace in the middle, `trace:id`. */
export type FlowValues = ReadonlyMap<string, unknown>;

export interface EvidenceSpan {
  /** Of a rule across traces, whose evidence may lie in several. 32 lower-case hex digits. */
  readonly traceId?: string;
  /** The name that `when … as` gave it. */
  readonly bound?: string;
  /** 16 lower-case hex digits. */
  readonly spanId: string;
  /** OTLP number; with the span id it identifies the span in its trace, unless it `sharesKind`. */
  readonly kind: number;
  /** Whether another span of the trace has its id and kind: then name and start tell them apart. */
  readonly sharesKind: boolean;
  readonly name: string;
  readonly service?: string;
  readonly start: bigint;
  readonly duration: bigint;
  /** What the clause compared on this span, by the text that names it (`span.tenant.id`); null where it was missing. */
  readonly values: ReadonlyMap<string, unknown>;
}

/** By time, then trace id, then bound spans: an order that does not depend on how traces are stored or read. */
export function byTime(a: FoundViolation, b: FoundViolation): number {
  if (a.time !== b.time) return a.time < b.time ? -1 : 1;
  if (a.traceId !== b.traceId) return a.traceId < b.traceId ? -1 : 1;
  for (const [n, span] of a.evidence.entries()) {
    const other = b.evidence[n];
    if (span.bound === undefined || other?.bound === undefined) break;
    const [trace = '', otherTrace = ''] = [span.traceId, other.traceId];
    if (trace !== otherTrace) return trace < otherTrace ? -1 : 1;
    if (span.spanId !== other.spanId) return span.spanId < other.spanId ? -1 : 1;
    if (span.kind !== other.kind) return span.kind - other.kind;
    if (span.start !== other.start) return span.start < other.start ? -1 : 1;
    if (span.name !== other.name) return span.name < other.name ? -1 : 1;
  }
  return 0;
}
