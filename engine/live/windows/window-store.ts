import type { WindowPlan, WindowRulePlan } from '../../plan/window-plan.js';
import type { JudgedWindowRule } from '../../verdicts/judged-rule.js';
import type { TraceSnapshot } from '../judge/snapshot.js';

/** A series counts as one that has no spans, instead of as none, where it had some in as many window lengths before. */
export const WINDOWS_BEFORE = 12;

/** A trace of a tenant. */
export interface NamedTrace {
  readonly tenant: string;
  /** 32 lower-case hex digits. */
  readonly traceId: string;
}

/** Windows one after the other: start of the first, end of the last, in nanoseconds since the Unix epoch. */
export interface SomeWindows {
  readonly fromNs: bigint;
  readonly toNs: bigint;
}

/** From when on the windows of a rule can be judged by what was counted; or why they cannot. */
export type KnownSince = { readonly fromNs: bigint } | { readonly waits: string };

/**
 * Counts what rules over many traces ask for in the spans that come, and judges windows by it. What a call has resolved to survives a
 * crash. A port, so that a simulation can judge without a database. Times are nanoseconds since the Unix epoch.
 */
export interface WindowStore {
  /** Those that some trace was taken of. */
  readonly tenants: readonly string[];
  /** Counts for these rules from now on; those that are new, or others than before, have seen all spans that start at `nowNs` or later. */
  setRules(plan: WindowPlan, nowNs: bigint): Promise<void>;
  /**
   * Takes whole traces of a tenant, whose ids must differ, in the place of what was taken of them before. A rule whose spans cannot be
   * counted waits for stored blocks, and begins anew later. Rejects where the disk cannot be written.
   */
  take(tenant: string, traces: readonly TraceSnapshot[], nowNs: bigint): Promise<void>;
  /** From when on the windows of a rule are known. */
  knownSince(rule: WindowRulePlan): KnownSince;
  /** Up to where windows of a rule were judged; undefined where none was. */
  judgedUntil(tenant: string, rule: WindowRulePlan): bigint | undefined;
  /** The windows of a rule, by what was counted by now; a `problem` where that cannot be read. */
  judge(tenant: string, rule: WindowRulePlan, windows: SomeWindows): Promise<JudgedWindowRule>;
  /** The windows that end by then are judged, and what was found in them is on disk elsewhere. */
  settle(
    tenant: string,
    judged: readonly (readonly [rule: WindowRulePlan, untilNs: bigint])[],
  ): Promise<void>;
  /** Of the traces that were taken, those that may be taken again are the ones that `keeps` names; windows that end before `beforeNs` are asked for no more. */
  tidy(keeps: (trace: NamedTrace) => boolean, beforeNs: bigint, nowNs: bigint): Promise<void>;
}
