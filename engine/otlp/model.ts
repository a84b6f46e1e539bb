/**
 * A trace as plain objects: what a `test` block describes and what OTLP carries. Rules never run on these; they are
 * written to the relations of `schema.ts` first.
 */
import type { KindName, StatusName } from '../language/tree/ast.js';

/** `bigint` is a 64-bit integer, `number` a double: OTLP keeps the two apart, so `1` and `1.0` differ in type. */
export type ScalarValue = string | bigint | number | boolean;
/** Arrays hold one type. Values that TraceQL cannot ask for (maps, bytes, mixed arrays) are left out. */
export type AttributeValue = ScalarValue | readonly ScalarValue[];
export type Attributes = ReadonlyMap<string, AttributeValue | SeveralValues>;

/** What a key holds that is there several times in one place, which OTLP forbids and senders do: its values in order, at least two. */
export interface SeveralValues {
  readonly kind: 'several';
  readonly values: readonly AttributeValue[];
}

export interface Trace {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  readonly spans: readonly Span[];
}

export interface Span {
  /** 16 lower-case hex digits. */
  readonly spanId: string;
  /** Empty for a root. */
  readonly parentSpanId: string;
  readonly name: string;
  readonly kind: KindName;
  readonly status: StatusName;
  readonly statusMessage: string;
  /** Nanoseconds since the Unix epoch. */
  readonly start: bigint;
  /** Nanoseconds. */
  readonly duration: bigint;
  /** With `service.name`. */
  readonly resource: Attributes;
  readonly attributes: Attributes;
  readonly scope: { readonly name: string; readonly version: string; readonly attributes: Attributes };
  readonly events: readonly SpanEvent[];
  readonly links: readonly SpanLink[];
}

export interface SpanEvent {
  readonly name: string;
  /** Nanoseconds after the span's start. */
  readonly timeSinceStart: bigint;
  readonly attributes: Attributes;
}

export interface SpanLink {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** 16 lower-case hex digits. */
  readonly spanId: string;
  readonly attributes: Attributes;
}
