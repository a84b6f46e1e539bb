/** Which blocks a time range selects, and which take the place of others. */
import type { BlockMeta, MetaResult } from '../meta.js';

/**
 * Producers clamp a block's times to within 2 minutes of the writing, so a late span lies in a block whose range does
 * not cover it. Spans later than this margin are missed.
 */
const DEFAULT_MARGIN_NS = 3_600_000_000_000n;

/** Nanoseconds since the Unix epoch; absent ends are open. A block counts if its range widened by the margin overlaps. */
export interface BlockRange {
  /** Inclusive. */
  readonly fromNs?: bigint;
  /** Exclusive. */
  readonly toNs?: bigint;
  readonly marginNs?: bigint;
}

/** A block whose times are not known may hold anything. */
export function inRange(result: MetaResult, range: BlockRange): boolean {
  const { startNs, endNs } = result.kind === 'meta' ? result.meta : result.problem;
  if (startNs === undefined || endNs === undefined) return true;
  const margin = range.marginNs ?? DEFAULT_MARGIN_NS;
  return (
    (range.fromNs === undefined || endNs + margin >= range.fromNs) &&
    (range.toNs === undefined || startNs - margin < range.toNs)
  );
}

/** Compaction joins whole blocks and counts the level up. */
export function succeeds(newer: BlockMeta, old: BlockMeta): boolean {
  return (
    newer.compactionLevel > old.compactionLevel && newer.startNs <= old.startNs && newer.endNs >= old.endNs
  );
}
