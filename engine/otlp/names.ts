/** Names by their OTLP numbers (`opentelemetry/proto/trace/v1/trace.proto`). */
import type { KindName, StatusName } from '../language/ast.js';

export const KIND_NAMES: readonly KindName[] = [
  'unspecified',
  'internal',
  'server',
  'client',
  'producer',
  'consumer',
];
export const STATUS_NAMES: readonly StatusName[] = ['unset', 'ok', 'error'];

/** The two sides of a call. */
export const SERVER = 2;
export const CLIENT = 3;
