import type {
  OverRuleResult,
  OverViolation,
  ReplayResult,
  RuleResult,
  Violation,
} from '../service/answers.js';
import { unmatchedTexts, vacuousTexts } from './clause-texts.js';
import { countText, plural, timeText } from './format.js';
import { type Html, html } from './html.js';
import { timeline } from './timeline.js';

/** What a replay found: counts and a plot for each rule, and the violations of all in one list with filters. */
export function resultsHtml(result: ReplayResult): Html {
  const all = [...result.rules, ...result.overRules];
  const { from, to } = result.range;
  const range =
    from === null || to === null
      ? ''
      : `, ${timeText(from).slice(0, 16)} to ${timeText(to).slice(0, 16)} UTC`;
  return html`
<header class="summary">
  <h1>${plural(sum(all.map(({ violated }) => violated)), 'violation')}</h1>
  <p>${plural(all.length, 'rule')} over ${plural(result.traces, 'trace')}${range}</p>
</header>
${result.partial ? html`<p class="warning" role="status">Partial: ${plural(result.blocks.unread.length, 'block')} could not be read (${result.blocks.unread[0]?.reason ?? 'unknown'}).</p>` : html``}
<section aria-label="Rules" class="rules">${all.map((rule) => ruleCard(rule, result.bucketSeconds))}</section>
${violationList(result)}`;
}

function ruleCard(rule: RuleResult | OverRuleResult, bucketSeconds: number): Html {
  const cannotTell = 'cannotTell' in rule ? rule.cannotTell : 0;
  const { vacuous = 0, clauses = [] } = rule;
  const wants = rule.applicable === 0 ? [] : vacuousTexts(clauses);
  const unmatched = rule.applicable === 0 ? [] : unmatchedTexts(clauses);
  const missing = 'missing' in rule ? Object.entries(rule.missing) : [];
  return html`
<article class="card ${rule.violated > 0 ? 'has-violations' : ''}">
  <h2>${rule.id} <span class="badge severity-${rule.severity}">${rule.severity}</span></h2>
  ${rule.summary === null ? html`` : html`<p>${rule.summary}</p>`}
  <dl class="counts">
    <div><dt>violated</dt><dd class="${rule.violated > 0 ? 'bad' : ''}">${countText(rule.violated)}</dd></div>
    <div><dt>passed</dt><dd>${countText(rule.passed)}</dd></div>
    ${cannotTell > 0 ? html`<div><dt>cannot tell</dt><dd class="unsure">${countText(cannotTell)}</dd></div>` : html``}
    ${vacuous > 0 ? html`<div><dt>vacuous</dt><dd class="unsure">${countText(vacuous)}</dd></div>` : html``}
    <div><dt>cases</dt><dd>${countText(rule.applicable)}</dd></div>
  </dl>
  ${rule.applicable === 0 ? html`<p class="note">No trace had what the rule is about.</p>` : timeline(rule.histogram, bucketSeconds)}
  ${missing.length > 0 ? html`<p class="note">Missing where it could not be told: ${missing.map(([name, count], n) => html`${n > 0 ? ', ' : ''}<code>${name}</code> (${countText(count)})`)}</p>` : html``}
  ${wants.map((why) => html`<p class="note unsure">${why}</p>`)}
  ${unmatched.length > 0 ? html`<p class="note">Nothing matched ${unmatched.map((text, n) => html`${n > 0 ? ', nor ' : ''}<code>${text}</code>`)}</p>` : html``}
</article>`;
}

interface Row {
  readonly rule: string;
  readonly severity: string;
  readonly index: number;
  readonly found: Violation | OverViolation;
}

function violationList({ rules, overRules }: ReplayResult): Html {
  const rows: Row[] = [...rules, ...overRules].flatMap(({ id, severity, violations }) =>
    violations.map((found, index) => ({ rule: id, severity, index, found })),
  );
  if (rows.length === 0) return html``;
  rows.sort((a, b) => (timeOf(a.found) < timeOf(b.found) ? -1 : 1));
  const leftOut = sum([...rules, ...overRules].map(({ violationsLeftOut }) => violationsLeftOut));
  const services = [...new Set(rows.flatMap(({ found }) => serviceOf(found) ?? []))].sort();
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

function row({ rule, index, found }: Row): Html {
  const spans = 'evidence' in found ? found.evidence.map(({ name }) => name) : [];
  const where =
    'evidence' in found
      ? `${found.rootService ?? ''} ${[...new Set(spans)].join(', ')}`
      : found.labels.map(({ name, value }) => `${name}=${String(value)}`).join(' ');
  const trace = traceOf(found);
  return html`<tr data-rule="${rule}" data-service="${serviceOf(found) ?? ''}">
<td class="time">${timeText(timeOf(found))}</td><td>${rule}</td><td><code title="${found.clauseText}">${found.clause}</code></td>
<td class="where">${where}${'evidence' in found ? '' : ` (${String(found.value)})`}</td>
<td>${trace === undefined ? html`` : html`<button class="link" data-message="openViolation" data-rule="${rule}" data-index="${index}" title="Show the trace ${trace}">${trace.slice(0, 16)}</button>`}</td></tr>`;
}

export function traceOf(found: Violation | OverViolation): string | undefined {
  if ('traceId' in found) return found.traceId;
  const [first] = found.traces;
  return typeof first === 'string' ? first : undefined;
}

function timeOf(found: Violation | OverViolation): string {
  return 'time' in found ? found.time : found.window.from;
}

function serviceOf(found: Violation | OverViolation): string | undefined {
  return 'rootService' in found ? (found.rootService ?? undefined) : undefined;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
