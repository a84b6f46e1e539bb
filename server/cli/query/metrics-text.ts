/** Time series as plots for people. */
import type { MetricsResult, Series } from '../../../engine/query/metrics-result.js';
import { type Glyphs, glyphsFor } from '../../shared/glyphs.js';
import { formatDuration, plural } from '../../shared/numbers.js';
import { displayWidth, truncate } from '../../shared/printable.js';
import type { Style, Terminal } from '../../shared/terminal.js';
import { axisTimes } from '../../shared/times.js';
import { plotRows } from './plot.js';
import { unreadText } from './unread-text.js';
import { namedText } from './value-text.js';

export interface MetricsTextOptions {
  readonly elapsedMs: number;
  /** Series shown. */
  readonly limit: number;
  readonly stepNs: bigint;
  readonly terminal: Pick<Terminal, 'width' | 'outStyle' | 'unicode'>;
}

interface Frame {
  readonly fromMs: number;
  readonly toMs: number;
  readonly width: number;
  readonly glyphs: Glyphs;
  readonly style: Style;
}

const WIDEST = 160;
/** Of the numbers left of a plot. */
const SCALE_WIDTH = 9;
const LEAST_WIDTH = 20;

export function metricsText(
  { series, cutTo, inspected }: MetricsResult,
  options: MetricsTextOptions,
): string {
  const { terminal, limit, elapsedMs } = options;
  const style = terminal.outStyle;
  const glyphs = glyphsFor(terminal.unicode);
  const shown = series.slice(0, limit);
  const times = shown.flatMap(({ samples }) => samples.map(({ timeMs }) => timeMs));
  const stepMs = Number(options.stepNs) / 1e6;
  const frame: Frame = {
    // A sample stands for the interval before its time.
    fromMs: times.reduce((least, time) => Math.min(least, time), Number.POSITIVE_INFINITY) - stepMs,
    toMs: times.reduce((most, time) => Math.max(most, time), Number.NEGATIVE_INFINITY),
    width: Math.max(LEAST_WIDTH, Math.min(WIDEST, terminal.width) - SCALE_WIDTH - 1),
    glyphs,
    style,
  };
  const plots = shown.map((series) => plot(series, heightFor(shown.length), frame));
  const axis = times.length === 0 ? '' : `${timeAxis(frame)}\n`;
  const rest = series.length - shown.length;
  const facts = [
    series.length === 0 ? 'no series' : plural(series.length, 'series', 'series'),
    ...(cutTo === undefined ? [] : ['there are more: these are the first by their labels']),
    ...(rest > 0 ? [`${rest} not shown; --limit shows more`] : []),
    `looked at ${plural(inspected.spans, 'span')} in ${plural(inspected.blocks, 'block')}`,
    formatDuration(elapsedMs),
  ];
  return `${plots.join('')}${axis}${unreadText(inspected, style)}${style.dim(facts.join(` ${glyphs.dot} `))}\n`;
}

/** Few series have room to be tall. */
function heightFor(series: number): number {
  if (series === 1) return 8;
  return series <= 4 ? 4 : 2;
}

function plot(
  { labels, samples }: Series,
  height: number,
  { fromMs, toMs, width, glyphs, style }: Frame,
): string {
  const values = samples.map(({ value }) => value).filter(Number.isFinite);
  const high = values.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const low = values.reduce((least, value) => Math.min(least, value), 0);
  const name = labels.map(({ name: label, value }) => namedText(label, [value])).join(' ');
  const title = truncate(name === '' ? 'value' : name, width + SCALE_WIDTH);
  const rows = plotRows(
    samples.filter(({ value }) => Number.isFinite(value)),
    { fromMs, toMs, low, high, width, height, bars: glyphs.bars },
  );
  const scale = (row: number): string =>
    row === 0 ? numberText(high) : row === height - 1 ? numberText(low) : '';
  const lines = rows.map(
    (row, n) => `${style.dim(scale(n).padStart(SCALE_WIDTH))} ${style.cyan(row.trimEnd())}`,
  );
  return `${style.bold(title)}\n${lines.map((line) => `${line.trimEnd()}\n`).join('')}\n`;
}

/** The first and the last time, and what lies in the middle where there is room. */
function timeAxis({ fromMs, toMs, width, style }: Frame): string {
  const text = axisTimes(nsOf(fromMs), nsOf(toMs));
  const [first, middle, last] = [fromMs, (fromMs + toMs) / 2, toMs].map((time) => text(nsOf(time))) as [
    string,
    string,
    string,
  ];
  const room = width - displayWidth(first) - displayWidth(middle) - displayWidth(last);
  const [left, right] =
    room < 4 ? [width - first.length - last.length, 0] : [Math.floor(room / 2), Math.ceil(room / 2)];
  const line =
    room < 4
      ? `${first}${' '.repeat(Math.max(1, left))}${last}`
      : `${first}${' '.repeat(left)}${middle}${' '.repeat(right)}${last}`;
  return style.dim(`${' '.repeat(SCALE_WIDTH + 1)}${line} UTC`);
}

function nsOf(ms: number): bigint {
  return BigInt(Math.round(ms)) * 1_000_000n;
}

/** Four digits that count: `0.0347`, `12.5`, `1.235e+7`. */
function numberText(value: number): string {
  if (!Number.isFinite(value)) return '';
  const text = String(Number(value.toPrecision(4)));
  return text.length <= SCALE_WIDTH ? text : value.toExponential(2);
}
