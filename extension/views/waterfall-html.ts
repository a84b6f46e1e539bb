import type { EvidenceSpan } from '../service/answers.js';
import type { FoundViolation } from '../service/judged.js';
import { boundsOf, isError, type KeyValue, KINDS, type Span, STATUSES, valueText } from '../service/trace.js';
import { durationText, nanosText, plural } from './format.js';
import { type Html, html } from './html.js';

export interface WaterfallInput {
  readonly traceId: string;
  readonly spans: readonly Span[];
  readonly partial: boolean;
  /** What is shown of it: a violation of a rule, or nothing in particular. */
  readonly violation?: { readonly rule: string; readonly found: FoundViolation } | undefined;
  /** Span ids that a query matched. */
  readonly matched?: ReadonlySet<string> | undefined;
}

/** Spans whose compared values are listed above the trace; all are marked in it. */
const MOST_COMPARED = 10;

/** Rows beyond these make a page too heavy to be of use; evidence is always among those shown. */
export const MOST_ROWS = 2000;
const DEEPEST = 16;
const WIDTH = 1000;

export function waterfallHtml(input: WaterfallInput): Html {
  const { traceId, spans, violation } = input;
  const evidence = evidenceOf(input);
  const shown = spans.filter((span, n) => n < MOST_ROWS || evidence.has(span.spanId));
  const { start, end } = boundsOf(spans);
  const errors = spans.filter(isError).length;
  const services = new Set(spans.map(({ service }) => service));
  return html`
<header class="summary">
  <h1>${spans[0]?.service ?? ''} ${spans[0]?.name ?? 'empty trace'}</h1>
  <p><code>${traceId}</code> · ${nanosText(start)} UTC · ${durationText(end - start)} · ${plural(spans.length, 'span')} · ${plural(services.size, 'service')}${errors > 0 ? html` · <span class="bad">${plural(errors, 'error')}</span>` : html``}</p>
  <div class="actions">
    ${violation === undefined ? html`` : html`<button data-message="makeTest">Make a Test from This Trace</button>`}
    <button class="secondary" data-message="openGrafana">Open in Grafana</button>
    <button class="secondary" data-message="copyId">Copy Trace Id</button>
  </div>
</header>
${input.partial ? html`<p class="warning" role="status">Partial: a block that could not be read may hold more of this trace.</p>` : html``}
${violation === undefined ? html`` : failedClause(violation.rule, violation.found)}
<div class="scale" aria-hidden="true"><span></span><span class="ticks">${[0n, 1n, 2n, 3n].map((part) => html`<span>${durationText(((end - start) * part) / 4n)}</span>`)}</span></div>
<div class="waterfall" role="tree" aria-label="Spans of the trace">${shown.map((span, n) => spanRow(span, n, start, end - start, evidence))}</div>
${shown.length < spans.length ? html`<p class="note">${plural(spans.length - shown.length, 'more span')} not shown.</p>` : html``}
<section id="details" aria-live="polite" aria-label="The selected span"><p class="note">Arrow keys move, left and right close and open, Enter shows a span.</p></section>`;
}

/** Why spans are marked, by their ids. */
function evidenceOf({ violation, matched }: WaterfallInput): ReadonlyMap<string, string> {
  const marks = new Map<string, string>();
  for (const id of matched ?? []) marks.set(id, 'matched');
  for (const { spanId, bound } of violation?.found.evidence ?? [])
    marks.set(spanId, bound ?? marks.get(spanId) ?? 'evidence');
  return marks;
}

function failedClause(rule: string, found: FoundViolation): Html {
  const values = Object.entries(found.values);
  const binding = found.evidence.filter(({ bound }) => bound !== null);
  const others = found.evidence.filter(({ bound }) => bound === null);
  return html`
<section class="failed" aria-label="Why the rule is violated">
  <h2>${rule}: <code>${found.clause}</code> is broken</h2>
  <pre>${found.clauseText}</pre>
  <p>${explanation(found.clause, others.length)}</p>
  <ul>
    ${binding.map(({ bound, name, service }) => html`<li><span class="mark">${bound ?? ''}</span> is <b>${name}</b> of ${service ?? 'unknown'}</li>`)}
    ${values.map(([name, value]) => html`<li><code>${name}</code> = ${JSON.stringify(value)}</li>`)}
    ${others.slice(0, MOST_COMPARED).map(comparedOn)}
    ${found.seriesValue === undefined ? html`` : html`<li>the value was <b>${found.seriesValue}</b></li>`}
  </ul>
</section>`;
}

/** What the clause compared on a span that is evidence; nothing where it compared nothing. */
function comparedOn({ name, values }: EvidenceSpan): Html {
  const all = Object.entries(values);
  if (all.length === 0) return html``;
  const texts = all.map(
    ([field, value], n) => html`${n === 0 ? '' : ', '}<code>${field}</code> = ${JSON.stringify(value)}`,
  );
  return html`<li><b>${name}</b> has ${texts}</li>`;
}

function explanation(clause: string, others: number): string {
  if (clause.startsWith('never'))
    return others === 0
      ? 'This must never be, and here it is.'
      : `This must never be, and ${plural(others, 'marked span matches it', 'marked spans match it')}.`;
  return others === 0
    ? 'This must always hold, and nothing in this trace fulfils it.'
    : `This must always hold and does not; ${plural(others, 'marked span was', 'marked spans were')} looked at.`;
}

function spanRow(
  span: Span,
  index: number,
  start: bigint,
  whole: bigint,
  evidence: ReadonlyMap<string, string>,
): Html {
  const scale = (ns: bigint): number => (whole === 0n ? 0 : Number((ns * BigInt(WIDTH)) / whole));
  const x = scale(span.start - start);
  const width = Math.max(scale(span.duration), 2);
  const mark = evidence.get(span.spanId);
  const classes = [mark === undefined ? '' : 'evidence', isError(span) ? 'error' : ''];
  const label = `${span.service} ${span.name}, ${durationText(span.duration)}${isError(span) ? ', error' : ''}${mark === undefined ? '' : `, evidence ${mark}`}${span.orphan ? ', parent missing' : ''}`;
  return html`<div class="row ${classes.join(' ')}" role="treeitem" tabindex="${index === 0 ? 0 : -1}" aria-level="${span.depth + 1}" aria-selected="false" ${span.children > 0 ? html`aria-expanded="true"` : html``} aria-label="${label}" data-span="${span.spanId}" data-depth="${span.depth}"><span class="name d${Math.min(span.depth, DEEPEST)}" title="${label}"><span class="twistie">${span.children > 0 ? '▾' : ''}</span><span class="service s${colourOf(span.service)}">${span.service}</span> ${span.name}${mark === undefined ? html`` : html` <span class="mark">${mark}</span>`}${span.orphan ? html` <span class="note">orphan</span>` : html``}</span><span class="track"><svg viewBox="0 0 ${WIDTH} 10" preserveAspectRatio="none" aria-hidden="true"><rect class="s${colourOf(span.service)}" x="${Math.min(x, WIDTH - 2)}" y="0" width="${width}" height="10"/></svg></span><span class="duration">${durationText(span.duration)}</span></div>`;
}

const COLOURS = 6;

/** The same service has the same colour everywhere. */
function colourOf(service: string): number {
  let hash = 0;
  for (const character of service) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) >>> 0;
  return hash % COLOURS;
}

/** Everything about one span. */
export function detailsHtml(span: Span): Html {
  const facts: readonly (readonly [string, string])[] = [
    ['service', span.service],
    ['kind', KINDS[span.kind] ?? String(span.kind)],
    [
      'status',
      `${STATUSES[span.status.code] ?? span.status.code}${span.status.message === '' ? '' : `: ${span.status.message}`}`,
    ],
    ['start', `${nanosText(span.start)} UTC`],
    ['duration', durationText(span.duration)],
    ['span id', span.spanId],
  ];
  return html`<h2>${span.name}</h2>
<div class="columns">
${table('Span', facts)}
${attributeTable('Attributes', span.attributes)}
${attributeTable('Resource', span.resource)}
${span.events.map(({ name, timeUnixNano, attributes }) => attributeTable(`Event ${name} at ${durationText(BigInt(timeUnixNano) - span.start)}`, attributes))}
${span.links.map(({ traceId, spanId, attributes }) => attributeTable(`Link to ${traceId} ${spanId}`, attributes))}
</div>`;
}

function attributeTable(title: string, attributes: readonly KeyValue[]): Html {
  return table(
    title,
    attributes.map(({ key, value }) => [key, valueText(value)] as const),
  );
}

function table(title: string, rows: readonly (readonly [string, string])[]): Html {
  return html`<table class="facts"><caption>${title}</caption><tbody>${rows.map(([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`)}</tbody></table>`;
}
