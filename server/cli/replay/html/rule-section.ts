import { clauseNameAt } from '../../../../engine/language/words/clause-name.js';
import type { ReplayResult } from '../../../../engine/replay/result.js';
import type {
  JudgedCaseRule,
  JudgedRule,
  JudgedWindowRule,
} from '../../../../engine/verdicts/judged-rule.js';
import type { TraceViolation } from '../../../../engine/verdicts/violation.js';
import { formatCount } from '../../../shared/numbers.js';
import { rateText } from '../../../shared/rate-text.js';
import { laterText, sampleTime, secondText } from '../../../shared/times.js';
import { type Html, html } from '../../../web/html.js';
import { servicesInvolved } from '../involved.js';
import { comparedTexts, elsewhere, groupedSpans, spanName } from '../values.js';
import { numberText, seriesTexts, windowsText, windowText } from '../window-text.js';
import { differencesPicture } from './differences-picture.js';
import { ratePicture } from './rate-picture.js';

export interface SectionOptions {
  readonly result: ReplayResult;
  /** What the overview links to. */
  readonly id: string;
  /** Violations listed. */
  readonly limit: number;
}

/** All about one rule that is violated. */
export function ruleSection(found: JudgedRule, options: SectionOptions): Html {
  const { rule, first, last, violated } = found;
  const { severity, summary, owner, runbook, evidence } = rule.settings;
  const rate = rateText(found, options.result);
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['severity', severity],
    ['owner', owner],
    ['runbook', runbook],
    ['evidence for', evidence?.join(', ')],
    [
      'violations',
      first === undefined || last === undefined
        ? undefined
        : `${formatCount(violated)}, the first ${secondText(first)}, the last ${laterText(last, first)}`,
    ],
    ['rate', rate],
    ...kindFacts(found),
  ];
  return html`<section id="${options.id}"><h2>${rule.id}</h2>
${summary === undefined ? undefined : html`<p>${summary}</p>`}
<pre>${rule.clauses.map(({ text }) => html`${text}\n`)}</pre>
<dl>${facts.map(([name, value]) => (value === undefined || value === '' ? undefined : html`<dt>${name}</dt><dd>${value}</dd>`))}</dl>
${ratePicture(found, options.result)}
${violations(found, options)}</section>
`;
}

function kindFacts(found: JudgedRule): readonly (readonly [string, string])[] {
  switch (found.kind) {
    case 'trace':
    case 'flow': {
      const services = servicesInvolved(found.violations).slice(0, 5);
      return [['services', services.map(([name, count]) => `${name} (${formatCount(count)})`).join(', ')]];
    }
    case 'window':
      return [['judged in', windowsText(found)]];
  }
}

function violations(found: JudgedRule, options: SectionOptions): Html {
  switch (found.kind) {
    case 'trace':
    case 'flow':
      return html`${differencesPicture(found)}${caseTable(found, options)}`;
    case 'window':
      return windowTable(found, options);
  }
}

function caseTable(found: JudgedCaseRule, { result, limit }: SectionOptions): Html {
  return table(
    ['time', 'trace', 'broken', 'spans', 'values'],
    found.violations.slice(0, limit).map((violation) => caseCells(found, violation, result)),
    found.violated,
  );
}

function caseCells(
  { rule }: JudgedCaseRule,
  violation: TraceViolation,
  { range }: ReplayResult,
): readonly Html[] {
  const { clause, evidence, time, traceId } = violation;
  const bound = evidence.flatMap((span) =>
    span.bound === undefined
      ? []
      : [`${span.bound}: ${spanName(span.name, span.service)}${elsewhere([span], traceId)}`],
  );
  const lines = (texts: readonly string[]): Html =>
    html`${texts.map((text) => html`<small>${text}</small>`)}`;
  return [
    html`<span class="when">${sampleTime(time, range)}</span>`,
    html`<code>${traceId}</code>`,
    html`${clauseNameAt(rule, clause)}`,
    lines([...bound, ...groupedSpans(evidence, '×', traceId).slice(0, 3)]),
    lines(comparedTexts(violation)),
  ];
}

function windowTable(found: JudgedWindowRule, { limit }: SectionOptions): Html {
  return table(
    ['window', 'series', 'broken', 'value', 'a trace of it'],
    found.violations
      .slice(0, limit)
      .map((violation) => [
        html`<span class="when">${windowText(violation, '–')}</span>`,
        html`${seriesTexts(violation).join(', ')}`,
        html`${clauseNameAt(found.rule, violation.clause)}`,
        html`${numberText(violation.value)}`,
        html`<code>${violation.traces[0]}</code>`,
      ]),
    found.violated,
  );
}

function table(titles: readonly string[], rows: readonly (readonly Html[])[], all: number): Html {
  if (rows.length === 0) return html``;
  const more = all - rows.length;
  return html`<h3>Violations</h3><div class="scroll"><table><thead><tr>${titles.map((title) => html`<th>${title}</th>`)}</tr></thead><tbody>
${rows.map((cells) => html`<tr>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>\n`)}</tbody></table></div>
${more > 0 ? html`<p class="soft">… and ${formatCount(more)} more.</p>` : undefined}`;
}
