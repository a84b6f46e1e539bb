import type { SpanBatch } from '../../../engine/live/otlp/batch.js';
import { protobufOf } from '../../../engine/live/otlp/of-traces.js';
import type { Request, SentSpan } from './workload.js';

export interface KnownSpan extends SentSpan {
  readonly tenant: string;
}

/**
 * The requests that were sent, by their bytes: what a span in the logs or in a trace was when it was sent, without a reader of
 * requests that could be wrong.
 */
export class KnownRequests {
  private readonly byBytes = new Map<string, readonly KnownSpan[]>();
  private readonly byBatch = new WeakMap<SpanBatch, readonly KnownSpan[]>();

  /** The body of the request. */
  encode({ tenant, spans }: Request): Uint8Array {
    const body = Buffer.from(protobufOf(spans.map(({ traceId, span }) => ({ traceId, spans: [span] }))));
    this.byBytes.set(
      body.toString('latin1'),
      spans.map((span) => ({ ...span, tenant })),
    );
    return body;
  }

  /** Row by row. */
  spansOf(batch: SpanBatch): readonly KnownSpan[] {
    const known = this.byBatch.get(batch) ?? this.byBytes.get(Buffer.from(batch.bytes).toString('latin1'));
    if (known === undefined || known.length !== batch.count)
      throw new Error(`a request of ${batch.count} spans was never sent`);
    this.byBatch.set(batch, known);
    return known;
  }
}
