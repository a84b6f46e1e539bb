import type { Bucket } from '../service/answers.js';
import { countText, timeText } from './format.js';
import { type Html, html } from './html.js';

const WIDTH = 720;
const HEIGHT = 64;
/** A bar narrower than this cannot be seen. */
const LEAST = 2;

/** When a rule applied and when it was broken, as bars; nothing where there is no time to show. */
export function timeline(buckets: readonly Bucket[], bucketSeconds: number): Html {
  const first = buckets[0];
  const last = buckets.at(-1);
  if (first === undefined || last === undefined) return html``;
  const from = Date.parse(first.start);
  const span = Date.parse(last.start) + bucketSeconds * 1000 - from;
  const most = Math.max(...buckets.map(({ applicable }) => applicable), 1);
  const mostBroken = Math.max(...buckets.map(({ violated }) => violated), 1);
  const width = Math.max((WIDTH * bucketSeconds * 1000) / span - 1, LEAST);
  const bars = buckets.map((bucket) => {
    const { start, applicable, violated, cannotTell } = bucket;
    const x = (WIDTH * (Date.parse(start) - from)) / span;
    const base = HEIGHT / 2;
    const tall = Math.max((applicable / most) * (base - 2), applicable > 0 ? 1 : 0);
    const deep = violated === 0 ? 0 : Math.max((violated / mostBroken) * (base - 2), 4);
    const title = `${timeText(start)}: ${countText(violated)} of ${countText(applicable)} violate${cannotTell > 0 ? `, ${countText(cannotTell)} cannot be determined` : ''}`;
    return html`<g><title>${title}</title><rect class="hit" x="${x}" y="0" width="${width}" height="${HEIGHT}"/><rect class="calm" x="${x}" y="${base - tall}" width="${width}" height="${tall}"/><rect class="broken" x="${x}" y="${base + 1}" width="${Math.max(width, 3)}" height="${deep}"/></g>`;
  });
  const label = `From ${timeText(first.start)} to ${timeText(last.start)}: cases above the line, violations below it`;
  return html`<figure class="timeline"><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="${label}"><line class="axis" x1="0" y1="${HEIGHT / 2}" x2="${WIDTH}" y2="${HEIGHT / 2}"/>${bars}</svg><figcaption><span>${timeText(first.start).slice(0, 16)}</span><span>${timeText(last.start).slice(0, 16)}</span></figcaption></figure>`;
}
