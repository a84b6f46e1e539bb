import type { OpenTrace } from './traces/open-trace.js';

/** In their order, so many spans together as may be when it is asked for; a trace that has more goes alone. */
export function* inBatches<T extends { readonly trace: OpenTrace }>(
  items: readonly T[],
  mostSpans: () => number,
): Generator<readonly T[]> {
  let batch: T[] = [];
  let spans = 0;
  for (const item of items) {
    if (batch.length > 0 && spans + item.trace.spans > mostSpans()) {
      yield batch;
      batch = [];
      spans = 0;
    }
    batch.push(item);
    spans += item.trace.spans;
  }
  if (batch.length > 0) yield batch;
}
