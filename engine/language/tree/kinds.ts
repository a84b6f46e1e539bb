/** Kinds and statuses of spans, in the order of their OTLP numbers (`opentelemetry/proto/trace/v1/trace.proto`). */
export const KIND_NAMES = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
export type KindName = (typeof KIND_NAMES)[number];

export const STATUS_NAMES = ['unset', 'ok', 'error'] as const;
export type StatusName = (typeof STATUS_NAMES)[number];
