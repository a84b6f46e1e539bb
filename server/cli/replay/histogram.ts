/** Counts over time as one line of text. */
import type { ReplayResult, RuleResult } from '../../../engine/replay/result.js';
import type { Glyphs } from './glyphs.js';

export interface Column {
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
  rule: RuleResult,
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

/** A blank where the rule did not apply, a dot where nothing was violated, else a bar that is never empty. */
export function histogramLine({ columns, peak }: Histogram, glyphs: Glyphs): string {
  const { bars, calm } = glyphs;
  return columns
    .map(({ applicable, violated }) => {
      if (violated === 0) return applicable > 0 ? calm : ' ';
      return bars[Math.max(0, Math.ceil((violated / peak) * bars.length) - 1)] ?? calm;
    })
    .join('');
}

export interface AxisLabel {
  readonly column: number;
  readonly text: string;
}

/**
 * Labels under a line of `width` columns: start at its left, end at its right and, where they leave room, a marker under
 * the column of the first violation with its time beside.
 */
export function axisLine(
  width: number,
  start: string,
  end: string,
  first: AxisLabel | undefined,
  marker: string,
): string {
  const cells = Array.from({ length: Math.max(width, start.length + end.length + 1) }, () => ' ');
  const put = (at: number, text: string): boolean => {
    const free = at >= 0 && at + text.length <= cells.length;
    const around = cells.slice(Math.max(0, at - 1), at + text.length + 1);
    if (!free || around.some((cell) => cell !== ' ')) return false;
    for (const [offset, character] of [...text].entries()) cells[at + offset] = character;
    return true;
  };
  if (first !== undefined) {
    const after = `${marker} ${first.text}`;
    const before = `${first.text} ${marker}`;
    if (!put(first.column, after)) put(first.column - before.length + 1, before);
  }
  put(0, start);
  put(cells.length - end.length, end);
  return cells.join('').trimEnd();
}

function floor(ns: bigint, width: bigint): bigint {
  return (ns / width) * width;
}

function least(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

function most(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}
