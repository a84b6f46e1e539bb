/** Counts over time as one line of text. */

import type { ReplayResult } from '../../../engine/replay/result.js';
import type { JudgedRule } from '../../../engine/verdicts/judged-rule.js';
import type { Glyphs } from '../../shared/glyphs.js';
import { least, most } from './extremes.js';

interface Column {
  readonly applicable: number;
  readonly violated: number;
}

export interface Histogram {
  readonly columns: readonly Column[];
  /** Start of the first column, a multiple of the run's bucket width. */
  readonly startNs: bigint;
  /** Width of a column. */
  readonly columnNs: bigint;
  /** The most violations in one column. */
  readonly peak: number;
}

/** Joins buckets until they fit into `room` columns. Undefined when the run saw nothing. */
export function histogramOf(
  rule: Pick<JudgedRule, 'buckets'>,
  { range, bucketNs }: Pick<ReplayResult, 'range' | 'bucketNs'>,
  room: number,
): Histogram | undefined {
  if (range.fromNs === undefined || range.toNs === undefined) return undefined;
  // A case has the time of its bound span, which may lie after the range in which its trace starts, or before.
  const starts = rule.buckets.map(({ start }) => start);
  const first = starts.reduce(least, floor(range.fromNs, bucketNs));
  const last = starts.reduce(most, floor(range.toNs - 1n, bucketNs));
  const buckets = Number((last - first) / bucketNs) + 1;
  const joined = Math.ceil(buckets / Math.max(1, room));
  const columnNs = bucketNs * BigInt(joined);
  const columns = Array.from({ length: Math.ceil(buckets / joined) }, () => ({ applicable: 0, violated: 0 }));
  for (const { start, passed, violated, cannotTell } of rule.buckets) {
    const column = columns[Number((start - first) / columnNs)];
    if (column === undefined) continue;
    column.applicable += passed + violated + cannotTell;
    column.violated += violated;
  }
  const peak = columns.reduce((high, { violated }) => Math.max(high, violated), 0);
  return { columns, startNs: first, columnNs, peak };
}

/** One violation alone is no full bar. */
const LEAST_SCALE = 4;

/** A blank where the rule did not apply, a dot where nothing was violated, else a bar that is never empty. */
export function histogramLine({ columns, peak }: Histogram, glyphs: Glyphs): string {
  const { bars, calm } = glyphs;
  return columns
    .map(({ applicable, violated }) => {
      if (violated === 0) return applicable > 0 ? calm : ' ';
      return bars[Math.ceil((violated / Math.max(peak, LEAST_SCALE)) * bars.length) - 1] ?? calm;
    })
    .join('');
}

export interface AxisLabel {
  readonly column: number;
  readonly text: string;
}

/**
 * Labels under a line of `width` columns: start at its left, end at its right, and a marker under the column of the first
 * violation with its time next to it. Two lines where one has no room for all.
 */
export function axisLines(
  width: number,
  start: string,
  end: string,
  first: AxisLabel | undefined,
  marker: string,
): readonly string[] {
  const wide = Math.max(width, start.length + end.length + 1);
  const ends = put(put(blank(wide), 0, start), wide - end.length, end);
  if (first === undefined) return [ends];
  const after = `${marker} ${first.text}`;
  const before = `${first.text} ${marker}`;
  const places = [
    { at: first.column, text: after },
    { at: first.column - before.length + 1, text: before },
  ].filter(({ at, text }) => at >= 0 && at + text.length <= wide);
  const free = places.find(({ at, text }) => isBlank(ends.slice(Math.max(0, at - 1), at + text.length + 1)));
  if (free !== undefined) return [put(ends, free.at, free.text)];
  const { at, text } = places[0] ?? { at: first.column, text: marker };
  return [put(blank(wide), at, text).trimEnd(), ends];
}

function put(line: string, column: number, text: string): string {
  return line.slice(0, column) + text + line.slice(column + text.length);
}

function blank(width: number): string {
  return ' '.repeat(width);
}

function isBlank(text: string): boolean {
  return text.trim() === '';
}

function floor(ns: bigint, width: bigint): bigint {
  return (ns / width) * width;
}
