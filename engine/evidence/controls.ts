/** What evidence comes to for each control and period, as whoever assesses a control asks for it. */
import { FINDINGS, type Finding, findingOfAll, type RuleRecord, undecidedOfAll } from './record.js';

export const PERIODS = ['month', 'quarter'] as const;
export type Period = (typeof PERIODS)[number];

/** What is shown as the control of rules that are evidence for none. */
export const NO_CONTROL = 'no control';

export interface ControlPeriod {
  readonly control: string;
  /** `2026-11`, or `2026 Q4`. */
  readonly period: string;
  /** Ids of the rules, sorted. */
  readonly rules: readonly string[];
  /** How many days have which finding, all rules of the control together; none of them is left out. */
  readonly days: readonly { readonly finding: Finding; readonly count: number }[];
  readonly applicable: number;
  /** Cases of flows whose time has not passed, or whose spans are not all there. */
  readonly undecided: number;
  readonly violated: number;
  /** What was looked at, of days whose records say it. */
  readonly traces: number;
  readonly spans: number;
}

/** By control, then by period. */
export function byControl(records: readonly RuleRecord[], period: Period): readonly ControlPeriod[] {
  const groups = new Map<string, RuleRecord[]>();
  for (const record of records)
    for (const control of record.controls.length === 0 ? [NO_CONTROL] : record.controls) {
      const key = JSON.stringify([control, periodOf(record.day, period)]);
      groups.set(key, [...(groups.get(key) ?? []), record]);
    }
  return [...groups]
    .map(([key, grouped]) => {
      const [control, when] = JSON.parse(key) as [string, string];
      return summed(control, when, grouped);
    })
    .sort(
      (a, b) =>
        Number(a.control === NO_CONTROL) - Number(b.control === NO_CONTROL) ||
        compare(a.control, b.control) ||
        compare(a.period, b.period),
    );
}

/** The period that a day, `2026-11-20`, lies in. */
export function periodOf(day: string, period: Period): string {
  switch (period) {
    case 'month':
      return day.slice(0, 7);
    case 'quarter':
      return `${day.slice(0, 4)} Q${Math.ceil(Number(day.slice(5, 7)) / 3)}`;
  }
}

function summed(control: string, period: string, records: readonly RuleRecord[]): ControlPeriod {
  const total = (countOf: (record: RuleRecord) => number): number =>
    records.reduce((sum, record) => sum + countOf(record), 0);
  const looked = lookedAt(records);
  return {
    control,
    period,
    rules: [...new Set(records.map(({ rule }) => rule.id))].sort(),
    days: daysByFinding(records),
    applicable: total(({ applicable }) => applicable),
    undecided: undecidedOfAll(records),
    violated: total(({ violated, late }) => violated + late.violated),
    ...looked,
  };
}

/** A day is what its rules and parts come to together. */
export function daysByFinding(records: readonly RuleRecord[]): ControlPeriod['days'] {
  const days = new Map<string, RuleRecord[]>();
  for (const record of records) days.set(record.day, [...(days.get(record.day) ?? []), record]);
  const findings = [...days.values()].map(findingOfAll);
  return FINDINGS.map((finding) => ({
    finding,
    count: findings.filter((found) => found === finding).length,
  })).filter(({ count }) => count > 0);
}

/** Every rule of a day looks at the same traces at most: the most that one of them looked at. */
function lookedAt(records: readonly RuleRecord[]): Pick<ControlPeriod, 'traces' | 'spans'> {
  const most = new Map<string, { traces: number; spans: number }>();
  for (const { day, part, looked } of records) {
    if (looked === undefined) continue;
    const known = most.get(`${day} ${part}`) ?? { traces: 0, spans: 0 };
    most.set(`${day} ${part}`, {
      traces: Math.max(known.traces, looked.traces),
      spans: Math.max(known.spans, looked.spans),
    });
  }
  const all = [...most.values()];
  return {
    traces: all.reduce((sum, { traces }) => sum + traces, 0),
    spans: all.reduce((sum, { spans }) => sum + spans, 0),
  };
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
