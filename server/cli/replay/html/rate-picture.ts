import type { ReplayResult } from '../../../../engine/replay/result.js';
import type { JudgedRule } from '../../../../engine/verdicts/judged-rule.js';
import { shareOf } from '../../../../engine/verdicts/rate-rise.js';
import { historyOf } from '../../../../engine/verdicts/rule-histories.js';
import { percent, plural } from '../../../shared/numbers.js';
import { axisTimes, spanText } from '../../../shared/times.js';
import { type Html, html } from '../../../web/html.js';
import { histogramOf } from '../histogram.js';

const [WIDTH, HEIGHT] = [720, 190];
const PLOT = { left: 40, top: 14, right: WIDTH - 8, bottom: HEIGHT - 26 } as const;
const MOST_COLUMNS = 96;

/**
 * The violations of a rule over time as a picture: bars of how many, the share of its cases that the history gives as steps, and where it
 * changed with how certain that is. Undefined where there is nothing to draw.
 */
export function ratePicture(found: JudgedRule, result: ReplayResult): Html | undefined {
  const histogram = histogramOf(found, result, MOST_COLUMNS);
  const { fromNs, toNs } = result.range;
  if (histogram === undefined || fromNs === undefined || toNs === undefined || histogram.peak === 0)
    return undefined;
  const { columns, startNs, columnNs, peak } = histogram;
  const endNs = startNs + BigInt(columns.length) * columnNs;
  const width = (PLOT.right - PLOT.left) / columns.length;
  const x = (ns: bigint): number => {
    const inside = ns < startNs ? startNs : ns > endNs ? endNs : ns;
    return round(PLOT.left + (Number(inside - startNs) / Number(endNs - startNs)) * (PLOT.right - PLOT.left));
  };
  const time = axisTimes(fromNs, toNs);
  const history = historyOf(found, result);
  const shares = history?.parts.map(shareOf) ?? [];
  const most = Math.max(...shares, 0);
  const y = (share: number): number =>
    round(PLOT.bottom - (most === 0 ? 0 : (share / most) * (PLOT.bottom - PLOT.top) * RATE_HEIGHT));
  const bars = columns.map(({ applicable, violated }, n) => {
    if (applicable === 0) return undefined;
    const height = violated === 0 ? 2 : Math.max(3, (violated / peak) * (PLOT.bottom - PLOT.top));
    return html`<rect class="${violated === 0 ? 'held' : 'violated'}" x="${round(PLOT.left + n * width)}" y="${round(PLOT.bottom - height)}" width="${round(Math.max(0.5, width - 1))}" height="${round(height)}"/>`;
  });
  const changes = (history?.changes ?? []).map(({ earliestNs, atNs, latestNs }) => {
    const [from, to] = [x(earliestNs), x(latestNs)];
    return html`<rect class="uncertain" x="${from}" y="${PLOT.top}" width="${round(Math.max(1, to - from))}" height="${PLOT.bottom - PLOT.top}"/><line class="change" x1="${x(atNs)}" x2="${x(atNs)}" y1="${PLOT.top}" y2="${PLOT.bottom}"/><text class="strong" x="${x(atNs)}" y="${PLOT.top - 3}" text-anchor="${x(atNs) > WIDTH / 2 ? 'end' : 'start'}">changed ${time(atNs)}</text>`;
  });
  const ends = [...(history?.changes.map(({ atNs }) => atNs) ?? []), endNs];
  const steps = shares.map((share, n) => {
    const from = n === 0 ? startNs : ends[n - 1]!;
    return `${n === 0 ? 'M' : 'L'}${x(from)} ${y(share)} H${x(ends[n]!)}`;
  });
  const labels = (history?.parts ?? []).map((part, n) => {
    const from = n === 0 ? startNs : ends[n - 1]!;
    const middle = round((x(from) + x(ends[n]!)) / 2);
    return html`<text class="strong" x="${middle}" y="${round(y(shares[n]!) - 4)}" text-anchor="middle">${percent(part.violated, part.applicable)}</text>`;
  });
  const label = `Violations over time: ${plural(found.violated, 'violation')}, at most ${peak} in ${spanText(columnNs)}`;
  return html`<figure><svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${label}">
${changes}
<line class="axis" x1="${PLOT.left}" x2="${PLOT.right}" y1="${PLOT.bottom}" y2="${PLOT.bottom}"/>
${bars}
<path class="rate" d="${steps.join(' ')}"/>
${labels}
<text x="${PLOT.left - 6}" y="${PLOT.top + 8}" text-anchor="end">${peak}</text><text x="${PLOT.left - 6}" y="${PLOT.bottom}" text-anchor="end">0</text>
<text x="${PLOT.left}" y="${HEIGHT - 8}">${time(startNs)}</text><text x="${PLOT.right}" y="${HEIGHT - 8}" text-anchor="end">${time(endNs - 1n)}</text>
</svg>
<figcaption>Bars: violations in ${spanText(columnNs)} each, at most ${peak}. Line: share of the cases that are violated. Shaded: when it may have changed.</figcaption></figure>`;
}

/** Of the height of the plot, so that a share does not lie on the highest bars. */
const RATE_HEIGHT = 0.85;

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
