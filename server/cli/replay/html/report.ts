/** A report to send to somebody: one file with pictures, which needs nothing else, and runs nothing. */
import { unmatchedPatterns, unmatchedText, vacuousTexts } from '../../../../engine/plan/vacuity/texts.js';
import type { ReplayResult } from '../../../../engine/replay/result.js';
import { type JudgedRule, undecidedCases } from '../../../../engine/verdicts/judged-rule.js';
import { doubtTexts } from '../../../shared/doubt.js';
import { formatCount, percent, plural } from '../../../shared/numbers.js';
import { rateText } from '../../../shared/rate-text.js';
import { laterText, secondText } from '../../../shared/times.js';
import { standaloneDocument } from '../../../web/document.js';
import { type Html, html } from '../../../web/html.js';
import { inReportOrder, isCalm, outcomeText, stateText } from '../order.js';
import { partialText, problemText, ruleProblems } from '../rule-problems.js';
import { settlingText } from '../settling.js';
import { sharingText } from '../sharing.js';
import { unjudgedTexts } from '../window-text.js';
import { ruleSection } from './rule-section.js';
import { REPORT_STYLE } from './style.js';

export interface HtmlReportOptions {
  /** Violations listed for each rule. */
  readonly limit: number;
  readonly nowMs: number;
  readonly version: string;
}

export function htmlReport(result: ReplayResult, options: HtmlReportOptions): string {
  const rules = inReportOrder(result.rules);
  const sections = rules.flatMap((found, n) =>
    found.violated > 0 ? [ruleSection(found, { result, id: idOf(n), limit: options.limit })] : [],
  );
  return standaloneDocument({
    title: `BeTrace: ${plural(rules.length, 'rule')} over ${result.tenant}`,
    style: REPORT_STYLE,
    body: html`<header><h1>Replay of ${plural(rules.length, 'rule')}</h1><span class="soft">tenant <strong>${result.tenant}</strong>, ${rangeText(result)}</span></header>
<p>${plural(result.blocks.read, 'block')}, ${plural(result.traces, 'trace')}, ${plural(result.spans, 'span')}. <strong>${outcomeText(rules)}.</strong></p>
${notes(result, options)}
<main>
<section><h2>Rules</h2>
<div class="scroll"><table class="overview"><thead><tr><th>rule</th><th>severity</th><th class="number">cases</th><th class="number">violated</th><th>since when</th></tr></thead><tbody>
${rules.map((found, n) => overviewRow(found, idOf(n), result))}</tbody></table></div></section>
${sections}
</main>
<footer><p class="soft">Made by BeTrace ${options.version} on ${new Date(options.nowMs).toISOString().slice(0, 16).replace('T', ' ')} UTC. Times are UTC.</p></footer>`,
  });
}

function idOf(ruleIndex: number): string {
  return `rule-${ruleIndex + 1}`;
}

function rangeText({ range: { fromNs, toNs } }: ReplayResult): string {
  if (fromNs === undefined || toNs === undefined) return 'no traces';
  return `${secondText(fromNs)} – ${laterText(toNs - 1n, fromNs)} UTC`;
}

/** What is not known. */
function notes(result: ReplayResult, { nowMs }: HtmlReportOptions): Html | undefined {
  const partial = partialText(result);
  const texts = [
    ...(partial === undefined ? [] : [`Partial, ${partial}.`]),
    ...result.blocks.unread.map(
      ({ blockId, code, message }) => `Block ${blockId ?? '?'} ${code}: ${message}`,
    ),
    ...result.blocks.warnings.map(({ code, message }) => `${code}: ${message}`),
    ...ruleProblems(result).map(({ rule, text }) => `Rule ${rule} ${text}`),
    ...result.rules.flatMap((found) =>
      unjudgedTexts(found, '–').map((text) => `Rule ${found.rule.id}, ${text}`),
    ),
    ...(settlingText(result, nowMs) === undefined ? [] : [settlingText(result, nowMs)!.join(' ')]),
    ...(sharingText(result) === undefined ? [] : [`${sharingText(result)}.`]),
  ];
  if (texts.length === 0) return undefined;
  return html`<ul>${texts.map((text) => html`<li class="warn">${text}</li>`)}</ul>`;
}

function overviewRow(found: JudgedRule, id: string, result: ReplayResult): Html {
  const { rule, applicable, violated, clauses } = found;
  const colour = violated > 0 ? 'bad' : isCalm(found) ? 'good' : 'warn';
  const name = violated > 0 ? html`<a href="#${id}">${rule.id}</a>` : rule.id;
  const unmatched = unmatchedPatterns(clauses);
  const facts = [
    ...(problemText(found) === undefined ? [] : [`not judged to the end: ${problemText(found)}`]),
    ...(applicable === 0 ? [] : [...doubtTexts(found), ...vacuousTexts(rule, clauses)]),
    ...(applicable === 0 || unmatched.length === 0 ? [] : [unmatchedText(unmatched)]),
    ...(undecidedCases(found) > 0 ? [`${plural(undecidedCases(found), 'case')} undecided`] : []),
  ];
  return html`<tr><td class="name"><span class="${colour}">${name}</span>${rule.settings.summary === undefined ? undefined : html`<small class="soft">${rule.settings.summary}</small>`}${facts.map((fact) => html`<small class="warn">${fact}</small>`)}</td><td>${rule.settings.severity}</td><td class="number">${formatCount(applicable)}</td><td class="number">${violated === 0 ? stateText(found) : html`<strong class="bad">${formatCount(violated)}</strong> (${percent(violated, applicable)})`}</td><td>${violated === 0 ? undefined : rateText(found, result)}</td></tr>\n`;
}
