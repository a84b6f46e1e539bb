import type { BlockProblem } from '../blocks/problem.js';
import { isIncomplete, type JudgedRule } from '../verdicts/judged-rule.js';
import type { StorageRead } from './storage-read.js';

/** What a replay found. Times are nanoseconds since the Unix epoch. */
export interface ReplayResult {
  readonly tenant: string;
  /** The window asked for; an end that was left open is that of the traces found, if any. */
  readonly range: { readonly fromNs?: bigint; readonly toNs?: bigint };
  readonly blocks: {
    readonly read: number;
    readonly unread: readonly BlockProblem[];
    /** What is odd about the stored blocks and loses nothing. */
    readonly warnings: readonly BlockProblem[];
  };
  /** Requests to a bucket and bytes read for it; absent for blocks in a folder. */
  readonly read?: StorageRead;
  readonly traces: number;
  /** Of those traces, each once however often it is stored; where a trace was not read whole, as often as it is stored. */
  readonly spans: number;
  /** Those of them that share their id with another span of their trace; of traces that were not read whole it is not known. */
  readonly spansSharingId: number;
  /** Width of the buckets of every rule. */
  readonly bucketNs: bigint;
  /** By kind in the order of `RULE_KINDS`, and as they were given. */
  readonly rules: readonly JudgedRule[];
}

/** Whether something was left out of the result. */
export function isPartial({ blocks, rules }: ReplayResult): boolean {
  return blocks.unread.length > 0 || rules.some(isIncomplete);
}
