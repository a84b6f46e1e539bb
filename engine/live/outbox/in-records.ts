import type { OutboxEntry, OutgoingSpan } from './entry.js';
import type { Outbox } from './outbox.js';

/** Changes in one record: with their spans, which may have some kilobytes each, more could make one that the log does not take. */
const MOST_CHANGES = 1000;

/** In their order, so many together as one record of the outbox has. */
export function* inRecords<T>(changes: readonly T[]): Generator<readonly T[]> {
  for (let from = 0; from < changes.length; from += MOST_CHANGES)
    yield changes.slice(from, from + MOST_CHANGES);
}

/** Keeps changes in the outbox, in their order; `onKept` is called with those that are on disk. */
export async function recordInParts<
  T extends { readonly entry: OutboxEntry; readonly outgoing: OutgoingSpan },
>(
  outbox: Pick<Outbox, 'record'>,
  changes: readonly T[],
  onKept: (kept: readonly T[]) => void,
): Promise<void> {
  for (const some of inRecords(changes)) {
    await outbox.record(
      some.map(({ entry }) => entry),
      some.map(({ outgoing }) => outgoing),
    );
    onKept(some);
  }
}
