/** The spans of a test as the rule saw them: a small waterfall, of all its traces on one line of time. */

import type { TestItem, TestSpan, TestTrace } from '../../../engine/language/tree/ast.js';
import type { Glyphs } from '../../shared/glyphs.js';
import { displayWidth, printable, truncate } from '../../shared/printable.js';
import { spanText } from '../../shared/times.js';
import { least, most } from '../replay/extremes.js';

interface Row {
  readonly label: string;
  readonly start: bigint;
  readonly end: bigint;
  /** The trace that begins with it, where it has a name. */
  readonly heading?: string;
}

const BAR_WIDTH = 32;
const MOST_LABEL = 44;
const MOST_ROWS = 30;

/** Empty for a test without spans of its own (`from "file.json"`). */
export function waterfall(test: TestItem, glyphs: Glyphs): readonly string[] {
  const rows = [
    ...test.spans.flatMap((span) => rowsOf(span, 0, 0n)),
    ...test.traces.flatMap((trace) => rowsOfTrace(trace)),
  ];
  if (rows.length === 0) return [];
  const start = rows.map((row) => row.start).reduce(least);
  const end = rows.map((row) => row.end).reduce(most);
  const shown = rows.slice(0, MOST_ROWS);
  const wide = Math.min(MOST_LABEL, Math.max(...shown.map(({ label }) => displayWidth(label))));
  const lines = shown.flatMap((row) => {
    const label = truncate(row.label, wide);
    const bar = barOf(row, start, end, glyphs);
    const line = `${label}${' '.repeat(wide - displayWidth(label))}  ${bar}  ${timeText(row.start)}..${timeText(row.end)}`;
    return row.heading === undefined ? [line] : [row.heading, line];
  });
  return rows.length > shown.length ? [...lines, `and ${rows.length - shown.length} more spans`] : lines;
}

function rowsOfTrace({ name, start, spans }: TestTrace): readonly Row[] {
  const rows = spans.flatMap((span) => rowsOf(span, 1, BigInt(start?.value ?? 0)));
  return rows.map((row, index) =>
    index > 0 ? row : { ...row, heading: `trace ${printable(JSON.stringify(name.value))}` },
  );
}

/** `offset`: when the trace starts, from the start of the test. */
function rowsOf(span: TestSpan, depth: number, offset: bigint): readonly Row[] {
  const label = `${'  '.repeat(depth)}${printable(span.service.text)} ${printable(span.name.value)}`;
  const own = { label, start: offset + BigInt(span.start.value), end: offset + BigInt(span.end.value) };
  const under = span.entries.flatMap((entry) => (entry.kind === 'span' ? [entry] : []));
  return [own, ...under.flatMap((entry) => rowsOf(entry, depth + 1, offset))];
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
