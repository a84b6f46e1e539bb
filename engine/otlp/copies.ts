/**
 * When two stored spans are copies of one, and which of them stays. Spans come as rows of a table, as bytes of requests and as objects of
 * one trace; what tells copies from different spans is written here for all of them.
 */

/** What spans of one trace have in common when they are copies of one span; others that share an id are different spans. */
export const SAME_IN_COPIES = ['spanId', 'kind', 'name', 'start'] as const;

export type SameInCopies = (typeof SAME_IN_COPIES)[number];

/** Of copies the longest stays: whether a span takes the place of a copy that is known, by their durations. */
export function takesPlace(duration: bigint, known: bigint): boolean {
  return duration > known;
}

/** A text that is the same exactly for copies. */
export function copyKey(span: Readonly<Record<SameInCopies, string | number | bigint>>): string {
  return JSON.stringify(SAME_IN_COPIES.map((part) => String(span[part])));
}
