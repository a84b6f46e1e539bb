/** What evidence says. Times are RFC 3339 in UTC, days `2026-11-20` in UTC. */

export interface TimeRange {
  readonly from: string;
  /** Exclusive. */
  readonly to: string;
}

/**
 * How the rule fared: `kept`, `violated`, or why it is known to be neither, none of which shows that the control was exercised:
 *
 * - `cannot tell`: no violation, but cases that could not be determined;
 * - `vacuous`: there were cases, and for want of data no clause could have failed; `kept in part`: some clause could not have;
 * - `undecided`: the time of cases of flows had not passed when the record was made; a later part tells what came of them;
 * - `never applied`: spans were looked at, and nothing that the rule is about was among them;
 * - `not judged`: the rule was stopped before it gave a verdict;
 * - `no spans`, `no block`: there was nothing to look at.
 */
export const FINDINGS = [
  'violated',
  'cannot tell',
  'vacuous',
  'kept in part',
  'kept',
  'undecided',
  'never applied',
  'not judged',
  'no spans',
  'no block',
] as const;
export type Finding = (typeof FINDINGS)[number];

/** What a rule looked at on a day. */
export interface Looked {
  /** Blocks read; null for what was judged as it came. */
  readonly blocks: number | null;
  readonly traces: number;
  /** Of the blocks read, whatever day they are of; live, of the traces. 0 where there is no trace. */
  readonly spans: number;
}

/** A clause that could not have failed, or of which something merely never occurred. */
export interface ClauseRecord {
  /** `never#1` */
  readonly clause: string;
  /** It could not have failed for want of data, and nobody has accepted that. */
  readonly vacuous: boolean;
  /** The attributes that it needs and no span carried. */
  readonly missing: readonly string[];
  /** The patterns that it needs in order to fail and that matched no span. */
  readonly unmatched: readonly string[];
}

/** Ids of violations listed in a record; `violated` and `late.violated` count all. */
export const MOST_IDS = 20;

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
  /** Spans that came after their traces were over, or when the cases of flows that see them were settled. */
  readonly tooLateSpans: number;
  /** Traces that were judged, or left out by `on partial`, before they were known to be whole. */
  readonly partialTraces: number;
  /** Traces on which the rule gave no verdict: it took too long, failed, or was stopped. */
  readonly unjudgedTraces: number;
  /** Cases whose spans carry the time of another day by far; they count on the day they came. */
  readonly misdatedCases: number;
  /** Cases of flows that could not be determined, as spans that they need are not there. Absent in what an earlier version wrote, and of replay. */
  readonly unseenCases?: number;
  /** When nothing was received, as the service did not run; as far as it knows. */
  readonly downtime: readonly TimeRange[];
}

export const NOTHING_MISSING: Omit<Completeness, 'complete'> = {
  unreadBlocks: [],
  refusedSpans: 0,
  tooLateSpans: 0,
  partialTraces: 0,
  unjudgedTraces: 0,
  misdatedCases: 0,
  downtime: [],
};

/** One rule on one day of one tenant. */
export interface RuleRecord {
  readonly kind: 'rule';
  /** Records of version 1 have neither text, `vacuous`, `clauses`, `violations` nor `looked`. */
  readonly version: 1 | 2;
  readonly tenant: string;
  readonly rule: {
    readonly id: string;
    readonly revision: string;
    readonly severity: string;
    readonly summary: string | null;
    /** What was demanded, as it was in force. */
    readonly text?: string;
  };
  /** Controls that the rule is evidence for, as `SOC2:CC6.1`. */
  readonly controls: readonly string[];
  readonly day: string;
  /** From 1. A later part of the same day is about traces that were judged after the part before; counts add up. */
  readonly part: number;
  readonly range: TimeRange;
  /** Cases; the sum of the next four. */
  readonly applicable: number;
  readonly passed: number;
  /** Cases of a rule none of whose clauses could have failed, for want of data. */
  readonly vacuous?: number;
  readonly violated: number;
  readonly cannotTell: number;
  /** Of a rule across traces, cases that were not decided when the record was made; a later part counts them. Absent in what an earlier version wrote. */
  readonly undecided?: number;
  /** What spans that came after the verdict changed: violations more, and violations that were none. */
  readonly late: { readonly violated: number; readonly retracted: number };
  readonly finding: Finding;
  readonly clauses?: readonly ClauseRecord[];
  /**
   * The ids of some of them, at most `MOST_IDS`: the earliest by replay, those that were found first by live judging, late ones among
   * them. `violated` and `late.violated` count all. Null where they were not known to what counted.
   */
  readonly violations?: readonly string[] | null;
  readonly looked?: Looked;
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
  readonly vacuous: number;
  readonly violated: number;
  readonly cannotTell: number;
  readonly undecided?: number;
  /** Those of which there is something to tell. */
  readonly clauses: readonly ClauseRecord[];
  readonly violations: readonly string[] | null;
  readonly looked: Looked;
  readonly completeness: Omit<Completeness, 'complete'>;
}

export function ruleRecord({ range, completeness, clauses, ...counts }: RuleDay): RuleRecord {
  const { passed, vacuous, violated, cannotTell, looked } = counts;
  const applicable = passed + vacuous + violated + cannotTell;
  const nothingMissing = Object.values(completeness).every((value) =>
    typeof value === 'number' ? value === 0 : value.length === 0,
  );
  // A day of which there is nothing says nothing of the rule, for whatever reason there is nothing.
  const complete = nothingMissing && looked.spans > 0;
  return {
    kind: 'rule',
    version: 2,
    ...counts,
    range: range ?? rangeOfDay(counts.day),
    applicable,
    // Where there was no case, there was nothing that a clause was asked.
    clauses: applicable > 0 ? clauses : [],
    finding: findingOf({ ...counts, clauses, unjudged: completeness.unjudgedTraces }),
    completeness: { complete, ...completeness },
  };
}

type Fared = Pick<
  RuleDay,
  'passed' | 'vacuous' | 'violated' | 'cannotTell' | 'undecided' | 'late' | 'clauses' | 'looked'
> & { readonly unjudged: number };

function findingOf({
  passed,
  vacuous,
  violated,
  cannotTell,
  undecided = 0,
  late,
  clauses,
  looked,
  unjudged,
}: Fared): Finding {
  if (violated + late.violated > 0) return 'violated';
  if (cannotTell > 0) return 'cannot tell';
  if (vacuous > 0) return 'vacuous';
  if (undecided > 0) return 'undecided';
  if (passed > 0) return clauses.some((clause) => clause.vacuous) ? 'kept in part' : 'kept';
  if (unjudged > 0) return 'not judged';
  if (looked.blocks === 0) return 'no block';
  return looked.spans === 0 ? 'no spans' : 'never applied';
}

/**
 * What several records of a rule come to together. Days without a verdict take nothing from those that have one; reports give their
 * number as well.
 */
export function findingOfAll(records: readonly Pick<RuleRecord, 'finding'>[]): Finding {
  const found = new Set(records.map(({ finding }) => finding));
  // Kept on one day and vacuous on another is neither of the two.
  const mixed = found.has('vacuous') && (found.has('kept') || found.has('kept in part'));
  const all = new Set<Finding>(mixed ? [...found, 'kept in part'] : found);
  if (mixed) all.delete('vacuous');
  return FINDINGS.find((finding) => all.has(finding)) ?? 'never applied';
}

/** How many cases are undecided by what is known last: a later part of a day counts what was undecided in the one before. */
export function undecidedOfAll(records: readonly RuleRecord[]): number {
  const last = new Map<string, RuleRecord>();
  for (const record of records) {
    const key = JSON.stringify([record.rule.id, record.rule.revision, record.day]);
    const known = last.get(key);
    if (known === undefined || known.part < record.part) last.set(key, record);
  }
  return [...last.values()].reduce((sum, { undecided = 0 }) => sum + undecided, 0);
}

/** Whether a finding says that the rule was asked, and had cases. */
export function isVerdict(finding: Finding): boolean {
  switch (finding) {
    case 'violated':
    case 'cannot tell':
    case 'vacuous':
    case 'kept in part':
    case 'kept':
      return true;
    case 'undecided':
    case 'never applied':
    case 'not judged':
    case 'no spans':
    case 'no block':
      return false;
  }
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
