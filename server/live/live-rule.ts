import type { EarlyWindowsJson, LiveRuleJson } from '../../engine/answers/rule.js';
import type { EarlyWindowsState, LiveCounters } from '../../engine/live/counters.js';
import { vacuousOn } from '../../engine/live/day-facts.js';
import { timeText } from '../../engine/live/windows/next-windows.js';
import { unmatchedPatterns, vacuousTexts } from '../../engine/plan/vacuity/texts.js';
import type { Config } from '../config/schema.js';
import { doubtTexts } from '../shared/doubt.js';

/** In milliseconds, as they are configured. */
type WindowDelays = Pick<Config['live'], 'overEarlyDelay' | 'overDelay'>;

/** Undefined for a rule that is not judged live. */
export function liveRule(
  counters: LiveCounters,
  tenant: string,
  rule: string,
  { overEarlyDelay, overDelay }: WindowDelays,
): LiveRuleJson | undefined {
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
    elsewhere: counts?.elsewhere ?? false,
    stopped: counts?.stopped ?? null,
    early: counts?.early === undefined ? null : earlyJson(counts.early),
  };

  function earlyJson({ untilNs, waits }: EarlyWindowsState): EarlyWindowsJson {
    return {
      delaySeconds: overEarlyDelay / 1000,
      correctedAfterSeconds: overDelay / 1000,
      judgedUntil: untilNs === undefined ? null : timeText(untilNs),
      waits: waits ?? null,
    };
  }
}
