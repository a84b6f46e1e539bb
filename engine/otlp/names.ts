/** Kinds and statuses as numbers and as names. */
import { KIND_NAMES, STATUS_NAMES } from '../language/tree/kinds.js';

export { KIND_NAMES, STATUS_NAMES };

/** How Tempo labels a kind by its stored number: of one that OTLP does not define, `kind(9)`. */
export function kindLabel(number: number): string {
  return KIND_NAMES[number] ?? `kind(${number})`;
}

/** The two sides of a call. */
export const SERVER = 2;
export const CLIENT = 3;
