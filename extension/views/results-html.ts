import type { ReplayResult } from '../service/answers.js';
import { type FoundViolation, type JudgedRule, judgedRules } from '../service/judged.js';
import { changeText, countChanges, type RuleChange } from '../service/replay-change.js';
import { unmatchedTexts, vacuousTexts } from './clause-texts.js';
import { countText, plural, timeText } from './format.js';
import { type Html, html } from './html.js';
import { timeline } from './timeline.js';

/** How a result differs from an earlier one. */
export interface Compared {
  /** RFC 3339: when the other replay ended. */
  readonly ended: string;
  /** By rule. */
  readonly changes: ReadonlyMap<string, RuleChange>;
}

/** What a replay found: counts and a plot for each rule, and the violations of all in one list with filters. */
export function resultsHtml(result: ReplayResult, compared?: Compared): Html {
  const all = judgedRules(result);
  const { from, to } = result.range;
  const range =
    from === null || to === null
      ? ''
      : `, ${timeText(from).slice(0, 16)} to ${timeText(to).slice(0, 16)} UTC`;
  return html`
<header class="summary">
  <h1>${plural(sum(all.map(({ violated }) => violated)), 'violation')}</h1>
  <p>${plural(all.length, 'rule')} over ${plural(result.traces, 'trace')}${range}</p>
  ${compared === undefined || compared.changes.size === 0 ? html`` : html`<p class="change">${sinceText(compared)}</p>`}
</header>
${result.partial ? html`<p class="warning" role="status">Partial: ${plural(result.blocks.unread.length, 'block')} could not be read (${result.blocks.unread[0]?.reason ?? 'unknown'}).</p>` : html``}
<section aria-label="Rules" class="rules">${all.map((rule) => ruleCard(rule, result.bucketSeconds, compared?.changes.get(rule.id)))}</section>
${violationList(all, compared)}
${compared === undefined ? html`` : goneList(compared)}`;
}

function sinceText({ ended, changes }: Compared): string {
  const change = changeText(countChanges(changes.values()));
  return `${change === undefined ? 'The same violations as' : `${change} since`} the replay at ${timeText(ended).slice(11, 19)} UTC`;
}

/** What was violated in the earlier replay only. */
function goneList({ changes }: Compared): Html {
  const gone = [...changes].flatMap(([rule, change]) => change.gone.map((found) => ({ rule, found })));
  if (gone.length === 0) return html``;
  return html`
<details class="gone"><summary>${plural(gone.length, 'violation')} no longer found</summary>
<ul>${gone.map(({ rule, found }) => html`<li>${timeText(found.time)} ${rule} <code>${found.clause}</code> ${found.where} ${found.traceId ?? ''}</li>`)}</ul></details>`;
}

/** Green is only what applied and passed in every case. */
function edgeOf({ violated, applicable, passed, clauses = [] }: JudgedRule): string {
  if (violated > 0) return 'has-violations';
  const isKept = applicable > 0 && passed === applicable && vacuousTexts(clauses).length === 0;
  return isKept ? 'is-kept' : 'is-unknown';
}

function ruleCard(rule: JudgedRule, bucketSeconds: number, change: RuleChange | undefined): Html {
  const { cannotTell, vacuous = 0, clauses = [] } = rule;
  const wants = rule.applicable === 0 ? [] : vacuousTexts(clauses);
  const unmatched = rule.applicable === 0 ? [] : unmatchedTexts(clauses);
  const missing = Object.entries(rule.missing);
  return html`
<article class="card ${edgeOf(rule)}">
  <h2>${rule.id} <span class="badge severity-${rule.severity}">${rule.severity}</span>${changeBadge(change)}</h2>
  ${rule.summary === null ? html`` : html`<p>${rule.summary}</p>`}
  <dl class="counts">
    <div><dt>violated</dt><dd class="${rule.violated > 0 ? 'bad' : ''}">${countText(rule.violated)}</dd></div>
    <div><dt>passed</dt><dd>${countText(rule.passed)}</dd></div>
    ${cannotTell > 0 ? html`<div><dt>cannot tell</dt><dd class="unsure">${countText(cannotTell)}</dd></div>` : html``}
    ${vacuous > 0 ? html`<div><dt>vacuous</dt><dd class="unsure">${countText(vacuous)}</dd></div>` : html``}
    <div><dt>cases</dt><dd>${countText(rule.applicable)}</dd></div>
  </dl>
  ${rule.applicable === 0 ? html`<p class="note">No trace had what the rule is about.</p>` : timeline(rule.histogram, bucketSeconds)}
  ${missing.length > 0 ? html`<p class="note">Missing where it could not be determined: ${missing.map(([name, count], n) => html`${n > 0 ? ', ' : ''}<code>${name}</code> (${countText(count)})`)}</p>` : html``}
  ${wants.map((why) => html`<p class="note unsure">${why}</p>`)}
  ${unmatched.length > 0 ? html`<p class="note">Nothing matched ${unmatched.map((text, n) => html`${n > 0 ? ', nor ' : ''}<code>${text}</code>`)}</p>` : html``}
</article>`;
}

function changeBadge(change: RuleChange | undefined): Html {
  const text = change === undefined ? undefined : changeText(countChanges([change]));
  return text === undefined ? html`` : html` <span class="badge change">${text}</span>`;
}

interface Row {
  readonly isNew: boolean;
  readonly rule: string;
  readonly severity: string;
  readonly index: number;
  readonly found: FoundViolation;
}

function violationList(rules: readonly JudgedRule[], compared: Compared | undefined): Html {
  const rows: Row[] = rules.flatMap(({ id, severity, violations }) =>
    violations.map((found, index) => ({
      ...{ rule: id, severity, index, found },
      isNew: compared?.changes.get(id)?.added.has(found.id) === true,
    })),
  );
  if (rows.length === 0) return html``;
  rows.sort((a, b) => (a.found.time < b.found.time ? -1 : 1));
  const leftOut = sum(rules.map(({ violationsLeftOut }) => violationsLeftOut));
  const services = [...new Set(rows.flatMap(({ found }) => found.service ?? []))].sort();
  const ids = [...new Set(rows.map(({ rule }) => rule))];
  return html`
<section aria-label="Violations">
  <div class="filters" role="search">
    <input type="search" id="filter" placeholder="Filter violations" aria-label="Filter violations">
    ${select('rule', 'All rules', ids)}
    ${select('service', 'All services', services)}
    <span id="shown" role="status"></span>
  </div>
  <table class="list">
    <thead><tr><th>Time (UTC)</th><th>Rule</th><th>Clause</th><th>Where</th><th>Trace</th></tr></thead>
    <tbody>${rows.map(row)}</tbody>
  </table>
  ${leftOut > 0 ? html`<p class="note">${countText(leftOut)} more are not listed (setting betrace.replay.limit).</p>` : html``}
</section>`;
}

function select(name: string, all: string, values: readonly string[]): Html {
  if (values.length < 2) return html``;
  return html`<select data-filter="${name}" aria-label="${all}"><option value="">${all}</option>${values.map((value) => html`<option>${value}</option>`)}</select>`;
}

function row({ rule, index, found, isNew }: Row): Html {
  const { time, clause, clauseText, service, where, traceId } = found;
  return html`<tr data-rule="${rule}" data-service="${service ?? ''}">
<td class="time">${timeText(time)}${isNew ? html` <span class="badge change">new</span>` : html``}</td><td>${rule}</td><td><code title="${clauseText}">${clause}</code></td>
<td class="where">${where}</td>
<td>${traceId === undefined ? html`` : html`<button class="link" data-message="openViolation" data-rule="${rule}" data-index="${index}" title="Show the trace ${traceId}">${traceId.slice(0, 16)}</button>`}</td></tr>`;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
