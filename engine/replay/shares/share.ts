/** One share of a replay, which says nothing of the whole by itself: `merge.ts` puts all of them together. */
import type { IdRange } from '../../blocks/id-range.js';
import type { CountedPart } from '../over/replay-over.js';
import type { ReplayResult } from '../result.js';

/** Which share it is, and of what: all shares of a replay have the same but for `share`. */
export interface SharedRun {
  /** From 1. */
  readonly share: number;
  readonly shares: number;
  /** Nanoseconds since the Unix epoch. */
  readonly fromNs: bigint;
  readonly toNs: bigint;
  /** Which ends of the range nobody asked for: it is that of the data. Absent for none. */
  readonly open?: { readonly from: boolean; readonly to: boolean };
  /** Violations listed for each rule. */
  readonly limit: number;
  /** Series that one window of a rule over many traces may have. */
  readonly maxSeries: number;
  /** The ids of traces that each share judges, in the order of shares. */
  readonly ids: readonly IdRange[];
  /** Ids of the blocks that were listed, sorted. */
  readonly blocks: readonly string[];
}

export interface ReplayShare {
  readonly run: SharedRun;
  /** Without rules over many traces. Traces and spans are those of the share; rules across traces are about the share of the keys. */
  readonly result: ReplayResult;
  /** What its traces have for each rule over many traces. */
  readonly windows: readonly CountedPart[];
  /** Milliseconds that it took. */
  readonly elapsedMs: number;
}
