import { createHash } from 'node:crypto';

/**
 * The span id of a violation, 16 hex digits: the same whenever the violation is found. A violation that was retracted and is found
 * again is a new span, as a backend keeps the first span of an id for good; so `generation` counts from 0.
 */
export function violationSpanId(violationId: string, generation: number): string {
  return hash(`violation ${violationId} ${generation}`);
}

/** The span id of the retraction of a violation. */
export function retractionSpanId(violationId: string, generation: number): string {
  return hash(`retraction ${violationId} ${generation}`);
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}
