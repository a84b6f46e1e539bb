import type { LiveCounters } from '../../engine/live/counters.js';

/** What live judging has found by a rule, since the process began. */
export interface LiveRule {
  readonly applicable: number;
  readonly passed: number;
  /** Those retracted later count, too. */
  readonly violated: number;
  readonly cannotTell: number;
  readonly retracted: number;
  /** Why the rule is not judged any more; undefined where it is. */
  readonly stopped: string | undefined;
}

/** Undefined for a rule that is not judged live. */
export function liveRule(counters: LiveCounters, tenant: string, rule: string): LiveRule | undefined {
  const cost = counters.costs.get(rule);
  const counts = counters.find(tenant, rule);
  if (cost === undefined) return undefined;
  const { passed = 0, violations = 0, cannotTell = 0, retracted = 0 } = counts ?? {};
  return {
    applicable: passed + violations + cannotTell,
    passed,
    violated: violations,
    cannotTell,
    retracted,
    stopped: cost.stopped,
  };
}
