/** A replay that somebody asked the service for. */
import type { RuleProblemJson } from './judged-rule.js';

export type ReplayStatus = 'waiting' | 'running' | 'succeeded' | 'failed' | 'cancelled';

export interface ReplayProgress {
  readonly stage: 'waiting' | 'reading' | 'evaluating' | 'done';
  /** 0 to 1. */
  readonly fraction: number;
  readonly blocks: number;
  readonly totalBlocks: number;
  readonly spans: number;
}

/** Times are RFC 3339 in UTC. */
export interface ReplayJobJson {
  readonly id: string;
  readonly status: ReplayStatus;
  /** Ids. */
  readonly rules: readonly string[];
  /** Null for an open end. */
  readonly from: string | null;
  readonly to: string | null;
  /** Violations listed for each rule. */
  readonly limit: number;
  readonly progress: ReplayProgress;
  /** Null before it has succeeded. */
  readonly counts:
    | readonly {
        readonly rule: string;
        readonly applicable: number;
        readonly passed: number;
        readonly vacuous: number;
        readonly violated: number;
        readonly cannotTell: number;
        readonly problem: RuleProblemJson | null;
      }[]
    | null;
  readonly error: string | null;
  readonly created: string;
  readonly started: string | null;
  readonly ended: string | null;
  readonly expires: string | null;
}
