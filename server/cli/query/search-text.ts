/** The traces that a query found, as a table for people. */
import type { FoundSpanset, FoundTrace, SearchResult } from '../../../engine/query/search-result.js';
import { glyphsFor } from '../../shared/glyphs.js';
import { formatDuration, plural } from '../../shared/numbers.js';
import { displayWidth, printable, truncate } from '../../shared/printable.js';
import type { Terminal } from '../../shared/terminal.js';
import { secondText, spanText } from '../../shared/times.js';
import { type Column, type Row, table } from '../terminal/table.js';
import { unreadText } from './unread-text.js';
import { collected, namedText } from './value-text.js';

export interface SearchTextOptions {
  readonly elapsedMs: number;
  readonly limit: number;
  readonly terminal: Pick<Terminal, 'width' | 'outStyle' | 'unicode'>;
}

const COLUMNS: readonly Column[] = [
  { title: 'START (UTC)' },
  { title: 'TRACE' },
  { title: 'ROOT', shrinks: true },
  { title: 'DURATION', align: 'right' },
];
const INDENT = '    ';

export function searchText(result: SearchResult, options: SearchTextOptions): string {
  const { outStyle: style, unicode } = options.terminal;
  const width = Math.min(WIDEST, options.terminal.width);
  const { dot, times } = glyphsFor(unicode);
  const { traces } = result;
  const [titles, ...rows] = table(COLUMNS, traces.map(rowOf), width, style.bold).split('\n');
  // The spansets of a trace are below it: what they say is as long as the query makes it.
  const lines = traces.flatMap(({ spansets }, n) => [
    rows[n] ?? '',
    ...spansets.flatMap((spanset) => wrapped(foundTexts(spanset, times), width).map(style.dim)),
  ]);
  const found = traces.length === 0 ? '' : `${titles}\n${lines.join('\n')}\n\n`;
  return `${found}${footer(result, options, ` ${dot} `)}`;
}

const WIDEST = 200;

function rowOf({ start, traceId, rootService, rootName, duration }: FoundTrace): Row {
  const root = [rootService, rootName].filter((name) => name !== undefined).map(printable);
  return [secondText(start), traceId, root.length === 0 ? '-' : root.join(': '), spanText(duration)];
}

/** How many spans, what the stages of the query made of them, the names of the listed ones, and their attributes. */
function foundTexts({ matched, attributes, spans }: FoundSpanset, times: string): readonly string[] {
  const names = new Map<string, number>();
  for (const { name } of spans) names.set(name, (names.get(name) ?? 0) + 1);
  const texts = (values: typeof attributes): readonly string[] =>
    [...collected(values)].map(([name, given]) => namedText(name, given));
  return [
    plural(matched, 'span'),
    ...texts(attributes),
    ...[...names].map(([name, count]) => `${printable(name)}${count === 1 ? '' : ` ${times}${count}`}`),
    ...texts(spans.flatMap((span) => span.attributes)),
  ];
}

/** The parts on as many lines as they need, each cut to the width at most. */
function wrapped(parts: readonly string[], width: number): readonly string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    const longer = last === undefined ? undefined : `${last}  ${part}`;
    if (longer !== undefined && displayWidth(longer) <= width) lines[lines.length - 1] = longer;
    else lines.push(truncate(`${last === undefined ? INDENT : INDENT + INDENT}${part}`, width));
  }
  return lines;
}

function footer(
  { traces, inspected }: SearchResult,
  { elapsedMs, limit, terminal }: SearchTextOptions,
  separator: string,
): string {
  const style = terminal.outStyle;
  const matched = traces.reduce(
    (sum, { spansets }) => sum + spansets.reduce((inner, spanset) => inner + spanset.matched, 0),
    0,
  );
  const found =
    traces.length === 0
      ? 'nothing found'
      : traces.length === limit
        ? `the newest ${plural(limit, 'trace')}; --limit shows more`
        : plural(traces.length, 'trace');
  const facts = [
    ...(traces.length === 0 ? [found] : [found, plural(matched, 'span')]),
    `looked at ${plural(inspected.traces, 'trace')} in ${plural(inspected.blocks, 'block')}`,
    formatDuration(elapsedMs),
  ];
  return `${unreadText(inspected, style)}${style.dim(facts.join(separator))}\n`;
}
