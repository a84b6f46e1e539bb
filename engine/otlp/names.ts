/** Names by their OTLP numbers (`opentelemetry/proto/trace/v1/trace.proto`). */
import type { KindName, StatusName } from '../language/tree/ast.js';

export const KIND_NAMES: readonly KindName[] = [
  'unspecified',
  'internal',
  'server',
  'client',
  'producer',
  'consumer',
];
export const STATUS_NAMES: readonly StatusName[] = ['unset', 'ok', 'error'];

/** How Tempo labels a kind by its stored number: of one that OTLP does not define, `kind(9)`. */
export function kindLabel(number: number): string {
  return KIND_NAMES[number] ?? `kind(${number})`;
}

/** The two sides of a call. */
export const SERVER = 2;
export const CLIENT = 3;
