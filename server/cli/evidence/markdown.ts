/** Evidence for people. What is verified is the JSON. */
import { type EvidenceExport, NOTICE } from '../../../engine/evidence/export.js';
import type { Completeness, RuleRecord } from '../../../engine/evidence/record.js';
import { formatCount, plural } from '../terminal/numbers.js';
import { printable } from '../terminal/printable.js';

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
    '| rule | revision | controls | days | applicable | passed | violated | cannot tell | finding |',
    '|---|---|---|--:|--:|--:|--:|--:|---|',
    ...byRule(records).map(ruleRow),
    '',
    '## Days',
    '',
    '| day | rule | source | applicable | passed | violated | cannot tell | finding | late | not judged |',
    '|---|---|---|--:|--:|--:|--:|---|---|---|',
    ...records.map(dayRow),
    '',
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
  const violated = total((record) => record.violated + record.late.violated);
  const cannotTell = total((record) => record.cannotTell);
  const finding =
    violated > 0 ? 'violated' : cannotTell > 0 ? 'cannot tell' : applicable > 0 ? 'kept' : 'never applied';
  return row([
    first?.rule.id ?? '',
    first?.rule.revision ?? '',
    first?.controls.join(', ') || 'none',
    ...[
      new Set(records.map(({ day }) => day)).size,
      applicable,
      total((record) => record.passed),
      total((record) => record.violated),
      cannotTell,
    ].map(formatCount),
    `**${finding}**`,
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
    ...[record.applicable, record.passed, record.violated, record.cannotTell].map(formatCount),
    record.finding,
    changes.join(', '),
    notJudged(completeness),
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
  return parts.join('; ') || 'nothing known';
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
