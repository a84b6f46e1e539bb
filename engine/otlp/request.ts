/** An OTLP request as far as rules can read it. Spans that cannot be taken are named apart. */
import type { Attributes, Span } from './model.js';

export interface OtlpRequest {
  readonly groups: readonly OtlpGroup[];
  readonly refused: readonly RefusedSpan[];
}

/** Spans of one resource and instrumentation scope. */
export interface OtlpGroup {
  readonly resource: Attributes;
  readonly scope: Span['scope'];
  readonly spans: readonly OtlpSpan[];
}

export interface OtlpSpan extends Omit<Span, 'resource' | 'scope'> {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
}

export type UnreadableSpan = 'trace id' | 'span id' | 'value';

export interface RefusedSpan {
  readonly reason: UnreadableSpan;
  /** What is wrong with which span, for whoever wrote it. */
  readonly message: string;
}
