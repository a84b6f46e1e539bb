import type { RulePlan } from '../plan/plan.js';
import type { BucketCounts, FactsByKey } from '../verdicts/evaluation.js';
import type { FlowCounts, RuleName } from './flows/flow-counts.js';
import type { FoundId } from './some-ids.js';

/** Cases of one rule in traces that were judged for the first time. */
export interface CountedCases {
  readonly rule: RulePlan;
  /** By the UTC day of the case. */
  readonly days: readonly BucketCounts[];
  /** What the traces have of what the clauses need, by the number of the UTC day that they start on. */
  readonly facts: FactsByKey;
  /** Of the violations of each day those that were found first: `mostIds` of them, or all. */
  readonly found: readonly FoundId[];
}

/** What judging a batch of traces for the first time gave. */
export interface CountedBatch {
  readonly tenant: string;
  /** Rules that decide at the same time; a trace is counted once for each. */
  readonly group: string;
  /** Keys of the traces. */
  readonly traces: readonly string[];
  /** Of each of them. */
  readonly spans: readonly number[];
  readonly cases: readonly CountedCases[];
  /** Rules that gave no verdict on some of the traces, and how many those are. */
  readonly unjudged: readonly { readonly rule: RulePlan; readonly traces: number }[];
  /** Traces that were closed before they were whole. */
  readonly partial: number;
}

/** What judging traces again changed, of one rule. */
export interface ChangedCases {
  readonly violated?: readonly FoundId[];
  readonly retracted?: number;
  /** Traces that the rule gave no verdict on as they are now. */
  readonly unjudged?: number;
}

/** What changed in cases of a rule that had been counted. */
export interface LateChange {
  readonly tenant: string;
  readonly rule: RuleName;
  readonly violated: readonly FoundId[];
  readonly retracted: number;
}

/** Counts verdicts for evidence: each trace once, whatever crashes. */
export interface CaseTally {
  /** How many violations of a rule on a day are listed by their ids. */
  readonly mostIds: number;
  has(trace: string, group: string): boolean;
  /** Resolves once the counts survive a crash. */
  counted(batch: CountedBatch): Promise<void>;
  /** Cases of flows that see no more spans. What was counted under a number, or a greater one, is not counted again. */
  countedFlows(seq: bigint, counts: FlowCounts): Promise<void>;
  /** Of those that have a number what was counted under that number, or a greater one, is not counted again. */
  changed(tenant: string, rule: RuleName, change: ChangedCases, seq?: number): Promise<void>;
  /** The greatest of these numbers; 0 where there is none. */
  readonly changesUpTo: number;
  /** Spans that are never judged: not valid, or of traces that are over, or of flows whose cases are settled. */
  refused(tenant: string, invalid: number, tooLate: number): void;
  /** Traces that will not be judged again. */
  forget(traces: readonly string[]): void;
  /** Of the traces known, only those that `keeps` names may be judged again. */
  retain(keeps: (trace: string) => boolean): void;
}
