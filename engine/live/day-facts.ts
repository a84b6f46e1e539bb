import {
  bothFacts,
  type ClauseFacts,
  clauseFacts,
  isRuleVacuous,
  NO_FACTS,
  type RuleFacts,
} from '../plan/vacuity/rule-needs.js';
import type { BucketCounts, FactsByKey } from '../verdicts/evaluation.js';
import type { JudgedRule } from '../verdicts/judged-rule.js';

/** What one rule has had of one UTC day. */
export interface DayFacts {
  readonly rule: JudgedRule['rule'];
  /** Days since the Unix epoch. */
  readonly day: bigint;
  readonly passed: number;
  readonly facts: RuleFacts;
}

const DAY_NS = 86_400_000_000_000n;

/**
 * The facts of a day that cases count in. A case may be of the day after the one that its trace starts on; it then has the facts of
 * all traces that were judged with it.
 */
export function factsOn(day: bigint, facts: FactsByKey): RuleFacts {
  return facts.get(day) ?? [...facts.values()].reduce(bothFacts, NO_FACTS);
}

/** The day that a time is on, in nanoseconds since the Unix epoch. */
export function dayAt(ns: bigint): bigint {
  return ns / DAY_NS;
}

/** Counts of parts of days, by day. */
export function byDay(buckets: readonly BucketCounts[]): readonly BucketCounts[] {
  const days = new Map<bigint, BucketCounts>();
  for (const { start, passed, violated, cannotTell } of buckets) {
    const day = dayAt(start);
    const known = days.get(day);
    days.set(day, {
      start: day * DAY_NS,
      passed: passed + (known?.passed ?? 0),
      violated: violated + (known?.violated ?? 0),
      cannotTell: cannotTell + (known?.cannotTell ?? 0),
    });
  }
  return [...days.values()];
}

/** Adds a batch to the newest day; what is of a day before that is over. A rule that was changed begins anew. */
export function addToDay(
  counts: { today?: DayFacts },
  rule: DayFacts['rule'],
  buckets: readonly Pick<BucketCounts, 'start' | 'passed'>[],
  facts: FactsByKey,
): void {
  const passed = new Map<bigint, number>();
  for (const { start, passed: more } of buckets) {
    const day = dayAt(start);
    passed.set(day, (passed.get(day) ?? 0) + more);
  }
  for (const day of [...new Set([...passed.keys(), ...facts.keys()])].sort((a, b) => Number(a - b))) {
    const same = counts.today?.rule.revision === rule.revision;
    if (same && counts.today !== undefined && day < counts.today.day) continue;
    const known = same && counts.today?.day === day ? counts.today : undefined;
    counts.today = {
      rule,
      day,
      passed: (known?.passed ?? 0) + (passed.get(day) ?? 0),
      facts: bothFacts(known?.facts ?? NO_FACTS, factsOn(day, facts)),
    };
  }
}

/** How many cases of the day are vacuous, and what is known of the clauses. */
export function vacuousOn({ rule, passed, facts }: DayFacts): {
  readonly cases: number;
  readonly clauses: readonly ClauseFacts[];
} {
  const clauses = clauseFacts(rule.needs, facts);
  return { cases: isRuleVacuous(rule.settings, clauses) ? passed : 0, clauses };
}
