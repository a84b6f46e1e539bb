import { isDeepStrictEqual } from 'node:util';
import type { SendOutcome } from '../../../engine/live/outbox/delivery.js';
import { RETRACTION_SPAN, VIOLATION_SPAN } from '../../../engine/otlp/own-spans.js';
import { type ReadSpan, readExport } from '../outbox/otlp-proto.js';
import type { Answer } from './scenario.js';

/** Which spans a receiver never takes, where it takes some only: as many as are worth trying. */
function isUnwanted({ spanId }: ReadSpan): boolean {
  return Number.parseInt(spanId.slice(-1), 16) < 4;
}

/** A violation as the receiver has it. */
export interface ReceivedViolation {
  readonly tenant: string;
  readonly id: string;
  readonly rule: string;
  readonly revision: string;
  readonly traceId: string;
  /** What it rests on, by its first span. */
  readonly basis: string;
  /** Ids of all its spans. */
  readonly spans: readonly string[];
  /** Of those that have not been retracted. */
  readonly standing: readonly string[];
}

const TRACE = 'betrace.violation.trace_id';

/** What spans are sent to: it answers as a test says, and keeps what it took. */
export class Receiver {
  answer: Answer | undefined;
  /** By tenant, trace id and span id. */
  private readonly spans = new Map<string, { readonly tenant: string; readonly span: ReadSpan }>();
  /** Spans that came again under the same ids and were not the same: the traces that they are about, by tenant. */
  readonly changed: { readonly tenant: string; readonly traceId: string; readonly spanId: string }[] = [];

  constructor(private readonly after: (ms: number) => Promise<void>) {}

  async send(tenant: string, request: Uint8Array): Promise<SendOutcome> {
    const spans = readExport(request);
    const { answer } = this;
    switch (answer?.kind) {
      case undefined:
        this.take(tenant, spans);
        return { kind: 'sent', rejected: 0 };
      case 'down':
        return { kind: 'later', message: 'down' };
      case 'retry after':
        return { kind: 'later', message: 'busy', afterMs: answer.ms };
      case 'answer lost':
        this.take(tenant, spans);
        return { kind: 'later', message: 'the answer was lost' };
      case 'slow':
        await this.after(answer.ms);
        this.take(tenant, spans);
        return { kind: 'sent', rejected: 0 };
      case 'partial':
        this.take(tenant, spans);
        return { kind: 'sent', rejected: spans.filter(isUnwanted).length };
      case 'refuses':
        if (spans.some(isUnwanted) && spans.length > 1) return { kind: 'refused', message: 'no' };
        // One that it refuses alone has been offered: the sender owes nothing more.
        this.take(tenant, spans);
        return spans.some(isUnwanted) ? { kind: 'refused', message: 'no' } : { kind: 'sent', rejected: 0 };
    }
  }

  private take(tenant: string, spans: readonly ReadSpan[]): void {
    for (const span of spans) {
      const key = `${tenant} ${span.traceId} ${span.spanId}`;
      const known = this.spans.get(key);
      if (known !== undefined && !isDeepStrictEqual(known.span, span))
        this.changed.push({ tenant, spanId: span.spanId, traceId: String(span.attributes[TRACE]) });
      this.spans.set(key, { tenant, span });
    }
  }

  /** Spans that say that something is a violation, those of violations that were retracted included. */
  get violationSpans(): number {
    return this.named(VIOLATION_SPAN).length;
  }

  get retractionSpans(): number {
    return this.named(RETRACTION_SPAN).length;
  }

  /** Retractions of what was never sent. */
  retractedUnknown(): readonly string[] {
    const sent = new Set(this.named(VIOLATION_SPAN).map(({ tenant, span }) => `${tenant} ${span.spanId}`));
    return this.named(RETRACTION_SPAN)
      .filter(({ tenant, span }) => !sent.has(`${tenant} ${span.parentSpanId}`))
      .map(({ span }) => `retraction ${span.spanId} is of a violation that was never sent`);
  }

  private named(name: string): readonly { readonly tenant: string; readonly span: ReadSpan }[] {
    return [...this.spans.values()].filter(({ span }) => span.name === name);
  }

  /** By id. */
  violations(): ReadonlyMap<string, ReceivedViolation> {
    const retracted = new Set(
      this.named(RETRACTION_SPAN).map(({ tenant, span }) => `${tenant} ${span.parentSpanId}`),
    );
    const violations = new Map<string, ReceivedViolation>();
    for (const { tenant, span } of this.named(VIOLATION_SPAN)) {
      const id = String(span.attributes['betrace.violation.id']);
      const known = violations.get(id);
      const inForce = retracted.has(`${tenant} ${span.spanId}`) ? [] : [span.spanId];
      violations.set(id, {
        tenant,
        id,
        rule: String(span.attributes['betrace.rule.id']),
        revision: String(span.attributes['betrace.rule.revision']),
        traceId: String(span.attributes[TRACE]),
        basis: known?.basis ?? String(span.attributes['betrace.violation.basis']),
        spans: [...(known?.spans ?? []), span.spanId],
        standing: [...(known?.standing ?? []), ...inForce],
      });
    }
    return violations;
  }
}
