/** Evidence for people. What is verified is the JSON. */
import { type EvidenceExport, NOTICE } from '../../../engine/evidence/export.js';
import {
  type Completeness,
  findingOfAll,
  isVerdict,
  type RuleRecord,
} from '../../../engine/evidence/record.js';
import { unmatchedText, wantText } from '../../../engine/plan/vacuity/texts.js';
import { formatCount, plural } from '../../shared/numbers.js';
import { printable } from '../../shared/printable.js';

export function evidenceMarkdown({ tenant, days, links }: EvidenceExport): string {
  const records = links.flatMap(({ record }) => (record?.kind === 'rule' ? [record] : []));
  const keys = [...new Set(links.map(({ key }) => key))];
  const lines = [
    `# Evidence for ${cell(tenant)}, ${days.first} to ${days.last}`,
    '',
    `> ${NOTICE}`,
    '',
    `Signed with Ed25519, key ${keys.join(', ') || 'none'}; head of the chain \`${links.at(-1)?.hash ?? 'none'}\` (link ${links.at(-1)?.seq ?? 0}). The JSON form of this export can be verified with \`betrace evidence verify\`; this text cannot.`,
    '',
    '## Rules',
    '',
    '| rule | revision | controls | days | of them without a verdict | applicable | passed | vacuous | violated | cannot tell | finding |',
    '|---|---|---|--:|--:|--:|--:|--:|--:|--:|---|',
    ...byRule(records).map(ruleRow),
    '',
    ...demanded(records),
    '## Days',
    '',
    '| day | rule | source | traces | spans | applicable | passed | vacuous | violated | cannot tell | finding | late | not judged |',
    '|---|---|---|--:|--:|--:|--:|--:|--:|--:|---|---|---|',
    ...records.map(dayRow),
    '',
    ...clauseLines(records),
    ...violationLines(records),
  ];
  return lines.join('\n');
}

function byRule(records: readonly RuleRecord[]): readonly (readonly RuleRecord[])[] {
  const groups = new Map<string, RuleRecord[]>();
  for (const record of records) {
    const key = `${record.rule.id} ${record.rule.revision}`;
    groups.set(key, [...(groups.get(key) ?? []), record]);
  }
  return [...groups.values()];
}

function ruleRow(records: readonly RuleRecord[]): string {
  const [first] = records;
  const total = (of: (record: RuleRecord) => number): number =>
    records.reduce((sum, record) => sum + of(record), 0);
  const applicable = total((record) => record.applicable);
  const cannotTell = total((record) => record.cannotTell);
  const idle = records.filter(({ finding }) => !isVerdict(finding));
  return row([
    first?.rule.id ?? '',
    first?.rule.revision ?? '',
    first?.controls.join(', ') || 'none',
    ...[
      new Set(records.map(({ day }) => day)).size,
      new Set(idle.map(({ day }) => day)).size,
      applicable,
      total((record) => record.passed),
      total((record) => record.vacuous ?? 0),
      total((record) => record.violated),
      cannotTell,
    ].map(formatCount),
    `**${findingOfAll(records)}**`,
  ]);
}

function dayRow(record: RuleRecord): string {
  const { day, part, rule, source, late, completeness } = record;
  const changes = [
    ...(late.violated > 0 ? [`+${formatCount(late.violated)} violated`] : []),
    ...(late.retracted > 0 ? [`${formatCount(late.retracted)} retracted`] : []),
  ];
  return row([
    part === 1 ? day : `${day} (part ${part})`,
    rule.id,
    source,
    ...[record.looked?.traces, record.looked?.spans].map((n) =>
      n === undefined ? 'not recorded' : formatCount(n),
    ),
    ...[record.applicable, record.passed, record.vacuous ?? 0, record.violated, record.cannotTell].map(
      formatCount,
    ),
    record.finding,
    changes.join(', '),
    record.finding === 'no block' || record.finding === 'no spans'
      ? 'nothing was there'
      : notJudged(completeness),
  ]);
}

function notJudged(of: Completeness): string {
  const counted: readonly (readonly [number, string])[] = [
    [of.unreadBlocks.length, 'block'],
    [of.refusedSpans, 'refused span'],
    [of.tooLateSpans, 'span'],
    [of.partialTraces, 'partial trace'],
    [of.unjudgedTraces, 'unjudged trace'],
    [of.misdatedCases, 'misdated case'],
  ];
  const parts = counted.flatMap(([count, what], n) => {
    if (count === 0) return [];
    return [`${plural(count, what)}${n === 0 ? ' unread' : n === 2 ? ' too late' : ''}`];
  });
  for (const { from, to } of of.downtime)
    parts.push(`not running ${from.slice(11, 19)} to ${endTime(from, to)}`);
  return parts.join('; ') || 'none';
}

/** The rules as they were in force. */
function demanded(records: readonly RuleRecord[]): readonly string[] {
  const texts = byRule(records).flatMap(([first]) => first?.rule.text ?? []);
  return texts.flatMap((text) => ['```', ...text.split('\n').map((line) => printable(line)), '```', '']);
}

/** Clauses that could not have failed, and what merely never occurred, a line for each with its days. */
function clauseLines(records: readonly RuleRecord[]): readonly string[] {
  const days = new Map<string, string[]>();
  for (const { rule, clauses = [], day } of records)
    for (const { clause, vacuous, missing, unmatched } of clauses) {
      const what = vacuous
        ? `could not have failed: ${wantText({ missing, unmatched })}`
        : unmatchedText(unmatched);
      const line = `- ${rule.id} ${clause}: ${what}`;
      days.set(line, [...(days.get(line) ?? []), day]);
    }
  if (days.size === 0) return [];
  const lines = [...days].map(([line, days]) => `${cell(line)} (${daysText(days)})`);
  return ['## What clauses had nothing of', '', ...lines, ''];
}

function daysText(days: readonly string[]): string {
  const [first] = days;
  return days.length === 1 ? (first ?? '') : `${plural(days.length, 'day')}, ${first} to ${days.at(-1)}`;
}

function violationLines(records: readonly RuleRecord[]): readonly string[] {
  const lines = records.flatMap(({ rule, day, violated, late, violations }) => {
    if (!violations || violations.length === 0) return [];
    const more = violated + late.violated - violations.length;
    return [
      `- ${cell(rule.id)} on ${day}: ${violations.join(', ')}${more > 0 ? ` and ${formatCount(more)} more` : ''}`,
    ];
  });
  return lines.length === 0 ? [] : ['## Violations', '', ...lines, ''];
}

function endTime(from: string, to: string): string {
  return to.slice(0, 10) > from.slice(0, 10) ? '24:00:00' : to.slice(11, 19);
}

function row(cells: readonly string[]): string {
  return `| ${cells.map(cell).join(' | ')} |`;
}

function cell(text: string): string {
  return printable(text).replaceAll('|', '\\|');
}
