/** A violation as the outbox remembers it while its trace may be judged again. */
export interface OutboxEntry {
  readonly id: string;
  readonly tenant: string;
  /** Key of the trace in `TraceTable`. */
  readonly trace: string;
  readonly rule: string;
  readonly revision: string;
  /** Grows each time that a retracted violation is found again. */
  readonly generation: number;
  /** False once it has been retracted. */
  readonly stands: boolean;
  /** Of a case of a flow `firstNs` and `lastNs` of `WatchedCase`, of a window its start and end, as decimal texts. */
  readonly sees?: readonly [first: string, last: string];
  /** The span that would retract it, made while all about it is known; absent once it has been. */
  readonly retraction: Uint8Array | undefined;
}

/** A span on its way out. */
export interface OutgoingSpan {
  /** Names the span in the outbox. */
  readonly key: string;
  readonly tenant: string;
  /** An OTLP `Span` message. */
  readonly span: Uint8Array;
}

export function outgoingKey({ id, generation, stands }: OutboxEntry): string {
  return `${id} ${generation} ${stands}`;
}
