/** Changes in one record: with their spans, which may have some kilobytes each, more could make one that the log does not take. */
const MOST_CHANGES = 1000;

/** In their order, so many together as one record of the outbox has. */
export function* inRecords<T>(changes: readonly T[]): Generator<readonly T[]> {
  for (let from = 0; from < changes.length; from += MOST_CHANGES)
    yield changes.slice(from, from + MOST_CHANGES);
}
