import type { LiveCounters } from '../../engine/live/counters.js';
import { vacuousOn } from '../../engine/live/day-facts.js';
import { unmatchedPatterns, vacuousTexts } from '../../engine/plan/vacuity/texts.js';
import { doubtTexts } from '../shared/doubt.js';

/** What live judging has found by a rule, since the process began. */
export interface LiveRule {
  readonly applicable: number;
  readonly passed: number;
  /** Those retracted later count, too. */
  readonly violated: number;
  readonly cannotTell: number;
  /** Why cases could not be told, for people: of some of them now and then. */
  readonly cannotTellWhy: readonly string[];
  /** Cases of the newest UTC day that are vacuous, for want of what clauses need; `passed` counts them too. */
  readonly vacuousToday: number;
  /** Why clauses could not have failed on that day, for people. */
  readonly vacuousClauses: readonly string[];
  /** Patterns of the other clauses that nothing matched on that day: a misspelt name shows so. */
  readonly unmatchedToday: readonly string[];
  readonly retracted: number;
  /** Traces that could not be told, each judged alone: too large for the rule. */
  readonly tooLarge: number;
  /** Traces that the rule was not tried on while it was stopped. */
  readonly whileStopped: number;
  /** Of a rule across traces, cases that are not decided yet. */
  readonly undecided: number;
  /** Cases of flows that could not be told, as spans that they see are not there. */
  readonly unseen: number;
  /** Why the rule is not judged for a while, on some traces or at all; undefined where it is. */
  readonly stopped: string | undefined;
}

/** Undefined for a rule that is not judged live. */
export function liveRule(counters: LiveCounters, tenant: string, rule: string): LiveRule | undefined {
  const counts = counters.find(tenant, rule);
  if (!counters.costs.has(rule)) return undefined;
  const {
    passed = 0,
    violations = 0,
    cannotTell = 0,
    retracted = 0,
    tooLarge = 0,
    whileStopped = 0,
    undecided = 0,
    unseen = 0,
  } = counts ?? {};
  const today = counts?.today;
  const { missing = new Map<string, number>(), looked = 0 } = counts?.doubt ?? {};
  const { cases, clauses } = today === undefined ? { cases: 0, clauses: [] } : vacuousOn(today);
  return {
    vacuousToday: cases,
    vacuousClauses: today === undefined || today.rule.settings.idle ? [] : vacuousTexts(today.rule, clauses),
    unmatchedToday: cases + (today?.passed ?? 0) === 0 ? [] : unmatchedPatterns(clauses),
    applicable: passed + violations + cannotTell,
    passed,
    violated: violations,
    cannotTell,
    cannotTellWhy: doubtTexts({ missing, cannotTell, looked }),
    retracted,
    tooLarge,
    whileStopped,
    undecided,
    unseen,
    stopped: counts?.stopped,
  };
}
