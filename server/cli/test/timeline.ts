/** The spans of a test as the rule saw them: a small waterfall. */

import type { TestItem, TestSpan } from '../../../engine/language/tree/ast.js';
import type { Glyphs } from '../../shared/glyphs.js';
import { displayWidth, printable, truncate } from '../../shared/printable.js';
import { spanText } from '../../shared/times.js';
import { least, most } from '../replay/extremes.js';

interface Row {
  readonly label: string;
  readonly start: bigint;
  readonly end: bigint;
}

const BAR_WIDTH = 32;
const MOST_LABEL = 44;
const MOST_ROWS = 30;

/** Empty for a test without spans of its own (`from "file.json"`). */
export function waterfall(test: TestItem, glyphs: Glyphs): readonly string[] {
  const rows = test.spans.flatMap((span) => rowsOf(span, 0));
  if (rows.length === 0) return [];
  const start = rows.map((row) => row.start).reduce(least);
  const end = rows.map((row) => row.end).reduce(most);
  const shown = rows.slice(0, MOST_ROWS);
  const wide = Math.min(MOST_LABEL, Math.max(...shown.map(({ label }) => displayWidth(label))));
  const lines = shown.map((row) => {
    const label = truncate(row.label, wide);
    const bar = barOf(row, start, end, glyphs);
    return `${label}${' '.repeat(wide - displayWidth(label))}  ${bar}  ${timeText(row.start)}..${timeText(row.end)}`;
  });
  return rows.length > shown.length ? [...lines, `and ${rows.length - shown.length} more spans`] : lines;
}

function rowsOf(span: TestSpan, depth: number): readonly Row[] {
  const label = `${'  '.repeat(depth)}${printable(span.service.text)} ${printable(span.name.value)}`;
  const own = { label, start: BigInt(span.start.value), end: BigInt(span.end.value) };
  return [own, ...span.entries.flatMap((entry) => (entry.kind === 'span' ? rowsOf(entry, depth + 1) : []))];
}

function barOf(row: Row, start: bigint, end: bigint, { stretch, calm }: Glyphs): string {
  const whole = Number(end - start) || 1;
  const columnAt = (time: bigint): number => Math.round((Number(time - start) / whole) * BAR_WIDTH);
  const from = Math.min(columnAt(row.start), BAR_WIDTH - 1);
  const length = Math.max(1, columnAt(row.end) - from);
  return calm.repeat(from) + stretch.repeat(length) + calm.repeat(Math.max(0, BAR_WIDTH - from - length));
}

function timeText(ns: bigint): string {
  if (ns === 0n) return '0';
  return ns < 0n ? `-${spanText(-ns)}` : spanText(ns).replace(/\.0 /, ' ');
}
