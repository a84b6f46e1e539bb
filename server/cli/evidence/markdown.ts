/** Evidence for people. What is verified is the JSON. */

import { byControl, type ControlPeriod, type Period } from '../../../engine/evidence/controls.js';
import { type EvidenceExport, NOTICE } from '../../../engine/evidence/export.js';
import { findingOfAll, isVerdict, type RuleRecord, undecidedOfAll } from '../../../engine/evidence/record.js';
import { formatCount } from '../../shared/numbers.js';
import { printable } from '../../shared/printable.js';
import { byRule, clauseTexts, notJudged } from './texts.js';

export function evidenceMarkdown({ tenant, days, links }: EvidenceExport, period: Period): string {
  const records = links.flatMap(({ record }) => (record?.kind === 'rule' ? [record] : []));
  const keys = [...new Set(links.map(({ key }) => key))];
  const lines = [
    `# Evidence for ${cell(tenant)}, ${days.first} to ${days.last}`,
    '',
    `> ${NOTICE}`,
    '',
    `Signed with Ed25519, key ${keys.join(', ') || 'none'}; head of the chain \`${links.at(-1)?.hash ?? 'none'}\` (link ${links.at(-1)?.seq ?? 0}). The JSON form of this export can be verified with \`betrace evidence verify\`; this text cannot.`,
    '',
    '## Controls',
    '',
    '| control | period | rules | days | traces | spans | cases | violated | undecided |',
    '|---|---|---|---|--:|--:|--:|--:|--:|',
    ...byControl(records, period).map(controlRow),
    '',
    '## Rules',
    '',
    '| rule | revision | controls | days | of them without a verdict | applicable | passed | vacuous | violated | cannot tell | undecided | finding |',
    '|---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|---|',
    ...byRule(records).map(ruleRow),
    '',
    ...demanded(records),
    '## Days',
    '',
    '| day | rule | source | traces | spans | applicable | passed | vacuous | violated | cannot tell | undecided | finding | late | not judged |',
    '|---|---|---|--:|--:|--:|--:|--:|--:|--:|--:|---|---|---|',
    ...records.map(dayRow),
    '',
    ...clauseLines(records),
    ...violationLines(records),
  ];
  return lines.join('\n');
}

function controlRow({ control, period, rules, days, ...counts }: ControlPeriod): string {
  const { traces, spans, applicable, violated, undecided } = counts;
  return row([
    control,
    period,
    rules.join(', '),
    days.map(({ finding, count }) => `${formatCount(count)} ${finding}`).join(', '),
    ...[traces, spans, applicable, violated, undecided].map(formatCount),
  ]);
}

function ruleRow(records: readonly RuleRecord[]): string {
  const [first] = records;
  const total = (count: (record: RuleRecord) => number): number =>
    records.reduce((sum, record) => sum + count(record), 0);
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
      undecidedOfAll(records),
    ].map(formatCount),
    `**${findingOfAll(records)}**`,
  ]);
}

function dayRow(record: RuleRecord): string {
  const { day, part, rule, source, late } = record;
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
    ...[
      record.applicable,
      record.passed,
      record.vacuous ?? 0,
      record.violated,
      record.cannotTell,
      record.undecided ?? 0,
    ].map(formatCount),
    record.finding,
    changes.join(', '),
    notJudged(record),
  ]);
}

/** The rules as they were in force. */
function demanded(records: readonly RuleRecord[]): readonly string[] {
  const texts = byRule(records).flatMap(([first]) => first?.rule.text ?? []);
  return texts.flatMap((text) => ['```', ...text.split('\n').map((line) => printable(line)), '```', '']);
}

function clauseLines(records: readonly RuleRecord[]): readonly string[] {
  const lines = clauseTexts(records);
  return lines.length === 0
    ? []
    : ['## What clauses had nothing of', '', ...lines.map((line) => `- ${cell(line)}`), ''];
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

function row(cells: readonly string[]): string {
  return `| ${cells.map(cell).join(' | ')} |`;
}

function cell(text: string): string {
  return printable(text).replaceAll('|', '\\|');
}
