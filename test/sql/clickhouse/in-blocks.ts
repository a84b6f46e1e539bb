import type { Trace } from '../../../engine/otlp/model.js';

/** A block has one row for a trace: what comes of it later is in the next one. `spread`: which of the first ones are, too. */
export function inBlocks(
  traces: readonly Trace[],
  spread: readonly boolean[],
): readonly (readonly Trace[])[] {
  const blocks: Trace[][] = [[]];
  for (const [n, trace] of traces.entries()) {
    const has = (block: readonly Trace[]): boolean => block.some(({ traceId }) => traceId === trace.traceId);
    const free = blocks.findIndex((block, b) => !has(block) && (b > 0 || spread[n % spread.length] !== true));
    if (free < 0) blocks.push([trace]);
    else blocks[free]!.push(trace);
  }
  return blocks.filter((block) => block.length > 0);
}
