import type { MetricsJson, SearchJson, SeriesJson } from '../../engine/answers/queries.js';
import { valueText } from '../service/trace.js';
import { nanosText, plural, timeText } from './format.js';
import { type Html, html } from './html.js';

/** The traces that a query found. */
export function searchHtml(query: string, { traces = [] }: SearchJson, limit: number): Html {
  return html`
<header class="summary"><h1>${plural(traces.length, 'trace')}</h1><pre>${query}</pre></header>
${traces.length === limit ? html`<p class="note">There may be more: the newest ${limit} are shown.</p>` : html``}
${
  traces.length === 0
    ? html``
    : html`<div class="filters" role="search"><input type="search" id="filter" placeholder="Filter traces" aria-label="Filter traces"><span id="shown" role="status"></span></div>
<table class="list"><thead><tr><th>Start (UTC)</th><th>Root</th><th>Matched</th><th>Duration</th><th>Trace</th></tr></thead><tbody>${traces.map(
        (trace, index) => {
          const sets = trace.spanSets ?? [];
          const names = [
            ...new Set(sets.flatMap(({ spans = [] }) => spans.map(({ name = '' }) => name))),
          ].join(', ');
          const matched = sets.reduce((total, { matched: count = 0 }) => total + count, 0);
          return html`<tr><td class="time">${nanosText(trace.startTimeUnixNano ?? '0')}</td><td>${trace.rootServiceName ?? ''} ${trace.rootTraceName ?? ''}</td><td class="where">${matched} ${names}</td><td>${trace.durationMs ?? 0} ms</td><td><button class="link" data-message="openFound" data-index="${index}">${trace.traceID.slice(0, 16)}</button></td></tr>`;
        },
      )}</tbody></table>`
}`;
}

const WIDTH = 720;
const HEIGHT = 220;
/** More lines cannot be distinguished; the table has all. */
const MOST_LINES = 12;
const COLOURS = 6;

/** Series as a plot and as a table. */
export function metricsHtml(query: string, { series = [] }: MetricsJson): Html {
  const lines = series.map(lineOf).filter(({ points }) => points.length > 0);
  return html`
<header class="summary"><h1>${plural(lines.length, 'series', 'series')}</h1><pre>${query}</pre></header>
${lines.length === 0 ? html`` : plot(lines)}
${
  lines.length === 0
    ? html`<p class="note">No values in this range.</p>`
    : html`<table class="list"><thead><tr><th>Series</th><th class="number">Last</th><th class="number">Mean</th><th class="number">Most</th></tr></thead><tbody>${lines.map(
        ({ name, points }, n) => {
          const values = points.map(([, value]) => value);
          const mean = values.reduce((total, value) => total + value, 0) / values.length;
          return html`<tr><td>${n < MOST_LINES ? html`<svg class="key" viewBox="0 0 10 10" aria-hidden="true"><rect class="s${n % COLOURS}" width="10" height="10"/></svg>` : html``} ${name}</td><td class="number" data-label="last">${numberText(values.at(-1) ?? 0)}</td><td class="number" data-label="mean">${numberText(mean)}</td><td class="number" data-label="most">${numberText(largest(values))}</td></tr>`;
        },
      )}</tbody></table>`
}`;
}

interface Line {
  readonly name: string;
  readonly points: readonly (readonly [timeMs: number, value: number])[];
}

function lineOf({ labels = [], samples = [] }: SeriesJson): Line {
  const name = labels.map(({ key, value }) => `${key}=${valueText(value)}`).join(' ') || 'value';
  const points = samples
    .map(({ timestampMs, value = 0 }) => [Number(timestampMs), Number(value)] as const)
    .filter(([, value]) => Number.isFinite(value));
  return { name, points };
}

function plot(lines: readonly Line[]): Html {
  const shown = lines.slice(0, MOST_LINES);
  const times = shown.flatMap(({ points }) => points.map(([time]) => time));
  const from = times.reduce((a, b) => Math.min(a, b));
  const to = largest(times);
  const most = Math.max(largest(shown.flatMap(({ points }) => points.map(([, value]) => value))), 0) || 1;
  const x = (time: number): string =>
    (to === from ? WIDTH / 2 : (WIDTH * (time - from)) / (to - from)).toFixed(1);
  const y = (value: number): string => (HEIGHT - 4 - ((HEIGHT - 8) * Math.max(value, 0)) / most).toFixed(1);
  const label = `${plural(shown.length, 'line')}, from 0 to ${numberText(most)}`;
  return html`<figure class="plot"><figcaption>${numberText(most)}</figcaption><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${label}"><line class="axis" x1="0" y1="${HEIGHT - 4}" x2="${WIDTH}" y2="${HEIGHT - 4}"/>${shown.map(
    ({ name, points }, n) =>
      html`<polyline class="line l${n % COLOURS}" points="${points.map(([time, value]) => `${x(time)},${y(value)}`).join(' ')}"><title>${name}</title></polyline>`,
  )}</svg><figcaption><span>${timeText(new Date(from).toISOString()).slice(0, 19)}</span><span>${timeText(new Date(to).toISOString()).slice(0, 19)} UTC</span></figcaption></figure>`;
}

/** Arrays may be too long for `Math.max(...)`. */
function largest(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
}

function numberText(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString('en-US') : Number(value.toPrecision(4)).toString();
}
