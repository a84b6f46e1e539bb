/** What reports of evidence say in whatever form. Foreign text. */
import type { Completeness, RuleRecord } from '../../../engine/evidence/record.js';
import { unmatchedText, wantText } from '../../../engine/plan/vacuity/texts.js';
import { plural } from '../../shared/numbers.js';

/** By rule and revision. */
export function byRule(records: readonly RuleRecord[]): readonly (readonly RuleRecord[])[] {
  const groups = new Map<string, RuleRecord[]>();
  for (const record of records) {
    const key = `${record.rule.id} ${record.rule.revision}`;
    groups.set(key, [...(groups.get(key) ?? []), record]);
  }
  return [...groups.values()];
}

/** What of a day was not judged, as far as it is known. */
export function notJudged({ finding, completeness }: RuleRecord): string {
  return finding === 'no block' || finding === 'no spans' ? 'nothing was there' : missing(completeness);
}

function missing(completeness: Completeness): string {
  const counted: readonly (readonly [number, string])[] = [
    [completeness.unreadBlocks.length, 'block'],
    [completeness.refusedSpans, 'refused span'],
    [completeness.tooLateSpans, 'span'],
    [completeness.partialTraces, 'partial trace'],
    [completeness.unjudgedTraces, 'unjudged trace'],
    [completeness.misdatedCases, 'misdated case'],
    [completeness.unseenCases ?? 0, 'unseen case'],
  ];
  const parts = counted.flatMap(([count, what], n) => {
    if (count === 0) return [];
    return [`${plural(count, what)}${n === 0 ? ' unread' : n === 2 ? ' too late' : ''}`];
  });
  for (const { from, to } of completeness.downtime)
    parts.push(`not running ${from.slice(11, 19)} to ${endTime(from, to)}`);
  return parts.join('; ') || 'none';
}

/** Clauses that could not have failed, and what merely never occurred, a text for each with its days. */
export function clauseTexts(records: readonly RuleRecord[]): readonly string[] {
  const days = new Map<string, string[]>();
  for (const { rule, clauses = [], day } of records)
    for (const { clause, vacuous, missing, unmatched } of clauses) {
      const what = vacuous
        ? `could not have failed: ${wantText({ missing, unmatched })}`
        : unmatchedText(unmatched);
      const line = `${rule.id} ${clause}: ${what}`;
      days.set(line, [...(days.get(line) ?? []), day]);
    }
  return [...days].map(([line, days]) => `${line} (${daysText(days)})`);
}

function daysText(days: readonly string[]): string {
  const [first] = days;
  return days.length === 1 ? (first ?? '') : `${plural(days.length, 'day')}, ${first} to ${days.at(-1)}`;
}

function endTime(from: string, to: string): string {
  return to.slice(0, 10) > from.slice(0, 10) ? '24:00:00' : to.slice(11, 19);
}
