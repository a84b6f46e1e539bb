/** Evidence for people, as one file to read, to send and to print. What is verified is the JSON. */

import {
  byControl,
  type ControlPeriod,
  daysByFinding,
  type Period,
} from '../../../engine/evidence/controls.js';
import { daysBetween, type EvidenceExport, NOTICE } from '../../../engine/evidence/export.js';
import { type Finding, findingOfAll, type RuleRecord } from '../../../engine/evidence/record.js';
import { formatCount, plural } from '../../shared/numbers.js';
import { standaloneDocument } from '../../web/document.js';
import { type Html, html } from '../../web/html.js';
import { REPORT_STYLE } from '../replay/html/style.js';
import { byRule, clauseTexts, notJudged } from './texts.js';

const STYLE = `${REPORT_STYLE}
.days rect { stroke: var(--card); } .days .f-violated { fill: var(--bad); } .days .f-kept { fill: var(--good); }
.days .f-kept-in-part { fill: var(--good); opacity: .45; } .days .f-vacuous, .days .f-cannot-tell { fill: var(--warn); }
.days .f-never-applied, .days .f-not-judged { fill: var(--soft); opacity: .55; } .days .f-no-spans, .days .f-no-block, .days .f-none { fill: var(--line); }
`;

export function evidenceHtml({ tenant, days, links }: EvidenceExport, period: Period): string {
  const records = links.flatMap(({ record }) => (record?.kind === 'rule' ? [record] : []));
  const keys = [...new Set(links.map(({ key }) => key))];
  const head = links.at(-1);
  const all = [...daysBetween(days)];
  return standaloneDocument({
    title: `Evidence for ${tenant}, ${days.first} to ${days.last}`,
    style: STYLE,
    body: html`<header><h1>Evidence for ${tenant}</h1><span class="soft">${days.first} to ${days.last}, days in UTC</span></header>
<p><em>${NOTICE}</em></p>
<dl><dt>signed with</dt><dd>Ed25519, key <code>${keys.join(', ') || 'none'}</code></dd>
<dt>head of the chain</dt><dd><code>${head?.hash ?? 'none'}</code>, link ${head?.seq ?? 0}. Kept elsewhere, it shows later that the chain was not written anew.</dd>
<dt>to be verified</dt><dd>is the JSON form of this export, by <code>betrace evidence verify</code>; this text cannot be.</dd></dl>
<main>
<section><h2>Controls</h2>${controlsTable(byControl(records, period))}</section>
<section><h2>Rules</h2>${byRule(records).map((ofRule) => ruleSection(ofRule, all, period))}</section>
<section><h2>Days</h2>${daysTable(records)}</section>
</main>`,
  });
}

function controlsTable(controls: readonly ControlPeriod[]): Html {
  const rows = controls.map(
    ({ control, period, rules, days, applicable, violated, undecided, traces, spans }) =>
      html`<tr><td class="name">${control}</td><td class="when">${period}</td><td>${rules.map((id) => html`<small>${id}</small>`)}</td><td>${findingsText(days)}</td><td class="number">${formatCount(traces)}</td><td class="number">${formatCount(spans)}</td><td class="number">${formatCount(applicable)}</td><td class="number${violated > 0 ? ' bad' : ''}">${formatCount(violated)}</td><td class="number">${formatCount(undecided)}</td></tr>\n`,
  );
  return html`<div class="scroll"><table><thead><tr><th>control</th><th>period</th><th>rules</th><th>days</th><th class="number">traces</th><th class="number">spans</th><th class="number">cases</th><th class="number">violated</th><th class="number">undecided</th></tr></thead><tbody>
${rows}</tbody></table></div>`;
}

function findingsText(days: ControlPeriod['days']): Html {
  return html`${days.map(({ finding, count }) => html`<small class="${classOf(finding)}">${formatCount(count)} ${finding}</small>`)}`;
}

/** The colour of what a finding means: only what was kept is green. */
function classOf(finding: Finding): string {
  switch (finding) {
    case 'violated':
      return 'bad';
    case 'kept':
      return 'good';
    case 'cannot tell':
    case 'vacuous':
    case 'kept in part':
    case 'undecided':
      return 'warn';
    case 'never applied':
    case 'not judged':
    case 'no spans':
    case 'no block':
      return 'soft';
  }
}

function ruleSection(records: readonly RuleRecord[], days: readonly string[], period: Period): Html {
  const [first] = records;
  if (first === undefined) return html``;
  const { id, revision, severity, summary, text } = first.rule;
  const more = byControl(
    records.map((record) => ({ ...record, controls: [] })),
    period,
  );
  const violations = records.flatMap(({ day, violations, violated, late }) => {
    if (violations === undefined || violations === null || violations.length === 0) return [];
    const left = violated + late.violated - violations.length;
    return [
      html`<dt>${day}</dt><dd><code>${violations.join(' ')}</code>${left > 0 ? ` and ${formatCount(left)} more` : ''}</dd>`,
    ];
  });
  const clauses = clauseTexts(records);
  return html`<section><h3>${id}</h3>
<p>${summary ?? ''} <span class="soft">${severity}, revision <code>${revision}</code>, evidence for ${first.controls.join(', ') || 'no control'}</span></p>
${text === undefined ? undefined : html`<pre>${text.split('\n').map((line) => html`${line}\n`)}</pre>`}
${daysPicture(records, days)}
<dl>${more.map((part) => html`<dt>${part.period}</dt><dd>${part.days.map(({ finding, count }, n) => html`${n > 0 ? ', ' : ''}<span class="${classOf(finding)}">${plural(count, 'day')} ${finding}</span>`)}; ${formatCount(part.applicable)} cases, ${formatCount(part.violated)} violated, ${formatCount(part.undecided)} undecided; ${formatCount(part.traces)} traces and ${formatCount(part.spans)} spans looked at</dd>`)}</dl>
${clauses.length === 0 ? undefined : html`<h3>What clauses had nothing of</h3><ul>${clauses.map((line) => html`<li>${line}</li>`)}</ul>`}
${violations.length === 0 ? undefined : html`<h3>Violations by id</h3><dl>${violations}</dl>`}</section>
`;
}

const CELL = 12;
const PER_ROW = 62;

/** A square for each day, in the colour of its finding. */
function daysPicture(records: readonly RuleRecord[], days: readonly string[]): Html {
  const findings = new Map<string, RuleRecord[]>();
  for (const record of records) findings.set(record.day, [...(findings.get(record.day) ?? []), record]);
  const cells = days.map((day, n) => {
    const found = findings.get(day);
    const finding = found === undefined ? 'none' : findingOfAll(found);
    return html`<rect class="f-${finding.replaceAll(' ', '-')}" x="${(n % PER_ROW) * CELL}" y="${Math.floor(n / PER_ROW) * CELL}" width="${CELL}" height="${CELL}"><title>${day}: ${finding === 'none' ? 'no record' : finding}</title></rect>`;
  });
  const rows = Math.ceil(days.length / PER_ROW);
  const counts = daysByFinding(records).map(({ finding, count }) => `${plural(count, 'day')} ${finding}`);
  const without = days.length - findings.size;
  const label = [...counts, ...(without > 0 ? [`${plural(without, 'day')} without a record`] : [])].join(
    ', ',
  );
  return html`<figure class="days"><svg viewBox="0 0 ${PER_ROW * CELL} ${rows * CELL}" role="img" aria-label="${label}">${cells}</svg><figcaption>A square for each day: ${label}.</figcaption></figure>`;
}

function daysTable(records: readonly RuleRecord[]): Html {
  const looked = (n: number | undefined): string => (n === undefined ? 'not recorded' : formatCount(n));
  const rows = records.map(
    (record) =>
      html`<tr><td class="when">${record.day}${record.part === 1 ? '' : ` (part ${record.part})`}</td><td class="name">${record.rule.id}</td><td>${record.source}</td><td class="number">${looked(record.looked?.traces)}</td><td class="number">${looked(record.looked?.spans)}</td><td class="number">${formatCount(record.applicable)}</td><td class="number">${formatCount(record.passed)}</td><td class="number">${formatCount(record.vacuous ?? 0)}</td><td class="number">${formatCount(record.violated + record.late.violated)}</td><td class="number">${formatCount(record.cannotTell)}</td><td class="number">${formatCount(record.undecided ?? 0)}</td><td><span class="${classOf(record.finding)}">${record.finding}</span></td><td>${notJudged(record)}</td></tr>\n`,
  );
  return html`<div class="scroll"><table><thead><tr><th>day</th><th>rule</th><th>source</th><th class="number">traces</th><th class="number">spans</th><th class="number">applicable</th><th class="number">passed</th><th class="number">vacuous</th><th class="number">violated</th><th class="number">cannot tell</th><th class="number">undecided</th><th>finding</th><th>not judged</th></tr></thead><tbody>
${rows}</tbody></table></div>`;
}
