/** What evidence says. Times are RFC 3339 in UTC, days `2026-11-20` in UTC. */

export interface TimeRange {
  readonly from: string;
  /** Exclusive. */
  readonly to: string;
}

/**
 * How the rule fared: `kept`, `violated`, `cannot tell` (no violation, but cases that could not be told), or `never applied`,
 * which is a finding too: nothing shows that the control was exercised.
 */
export type Finding = 'kept' | 'violated' | 'cannot tell' | 'never applied';

/** Where the traces came from: received and judged as they came, or stored blocks judged afterwards. */
export type EvidenceSource = 'live' | 'replay';

/** What was not judged, as far as it is known. */
export interface Completeness {
  /** Whether nothing below is known to be missing. */
  readonly complete: boolean;
  /** Blocks that could not be read; replay only. */
  readonly unreadBlocks: readonly { readonly id: string; readonly code: string }[];
  /** Spans that were not valid. */
  readonly refusedSpans: number;
  /** Spans that came after their traces were over. */
  readonly tooLateSpans: number;
  /** Traces that were judged, or left out by `on partial`, before they were known to be whole. */
  readonly partialTraces: number;
  /** Traces on which the rule gave no verdict: it took too long, failed, or was stopped. */
  readonly unjudgedTraces: number;
  /** Cases whose spans carry the time of another day by far; they count on the day they came. */
  readonly misdatedCases: number;
  /** When nothing was received, as the service did not run; as far as it knows. */
  readonly downtime: readonly TimeRange[];
}

/** One rule on one day of one tenant. */
export interface RuleRecord {
  readonly kind: 'rule';
  readonly version: 1;
  readonly tenant: string;
  readonly rule: {
    readonly id: string;
    readonly revision: string;
    readonly severity: string;
    readonly summary: string | null;
  };
  /** Controls that the rule is evidence for, as `SOC2:CC6.1`. */
  readonly controls: readonly string[];
  readonly day: string;
  /** From 1. A later part of the same day tells of traces that were judged after the part before; counts add up. */
  readonly part: number;
  readonly range: TimeRange;
  /** Cases; the sum of the next three. */
  readonly applicable: number;
  readonly passed: number;
  readonly violated: number;
  readonly cannotTell: number;
  /** What spans that came after the verdict changed: violations more, and violations that were none. */
  readonly late: { readonly violated: number; readonly retracted: number };
  readonly finding: Finding;
  readonly completeness: Completeness;
  readonly source: EvidenceSource;
  readonly producedAt: string;
}

/** Closes a day: so many records of rules it has. Without it some may have been taken away. */
export interface DayRecord {
  readonly kind: 'day';
  readonly version: 1;
  readonly tenant: string;
  readonly day: string;
  readonly part: number;
  readonly range: TimeRange;
  readonly rules: number;
  readonly source: EvidenceSource;
  readonly producedAt: string;
}

export type EvidenceRecord = RuleRecord | DayRecord;

export interface RuleDay
  extends Pick<
    RuleRecord,
    'tenant' | 'rule' | 'controls' | 'day' | 'part' | 'late' | 'source' | 'producedAt'
  > {
  readonly range?: TimeRange;
  readonly passed: number;
  readonly violated: number;
  readonly cannotTell: number;
  readonly completeness: Omit<Completeness, 'complete'>;
}

export function ruleRecord({ range, completeness, ...of }: RuleDay): RuleRecord {
  const { passed, violated, cannotTell, late } = of;
  const applicable = passed + violated + cannotTell;
  const finding =
    violated + late.violated > 0
      ? 'violated'
      : cannotTell > 0
        ? 'cannot tell'
        : applicable > 0
          ? 'kept'
          : 'never applied';
  const complete = Object.values(completeness).every((value) =>
    typeof value === 'number' ? value === 0 : value.length === 0,
  );
  return {
    kind: 'rule',
    version: 1,
    ...of,
    range: range ?? rangeOfDay(of.day),
    applicable,
    finding,
    completeness: { complete, ...completeness },
  };
}

export const DAY_MS = 86_400_000;

/** The UTC day of a time in milliseconds since the Unix epoch. */
export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

/** Milliseconds since the Unix epoch; NaN for what is no day. */
export function startOfDay(day: string): number {
  return /^\d{4}-\d\d-\d\d$/.test(day) ? Date.parse(`${day}T00:00:00Z`) : Number.NaN;
}

export function dayAfter(day: string, days = 1): string {
  return dayOf(startOfDay(day) + days * DAY_MS);
}

export function rangeOfDay(day: string): TimeRange {
  return { from: `${day}T00:00:00Z`, to: `${dayAfter(day)}T00:00:00Z` };
}
