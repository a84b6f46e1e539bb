/** How many violations there are of each kind, as a table for people. */
import type { NamedValue } from '../../../engine/otlp/named-value.js';
import type { MetricsResult } from '../../../engine/query/metrics-result.js';
import { glyphsFor } from '../../shared/glyphs.js';
import { formatCount, formatDuration, percent, plural } from '../../shared/numbers.js';
import { printable } from '../../shared/printable.js';
import type { Terminal } from '../../shared/terminal.js';
import { table } from '../terminal/table.js';
import { unreadText } from './unread-text.js';
import { valueText } from './value-text.js';

export interface CountsTextOptions {
  readonly elapsedMs: number;
  /** Rows shown. */
  readonly limit: number;
  readonly terminal: Pick<Terminal, 'width' | 'outStyle' | 'unicode'>;
}

/** @param labels the names of what is counted by, in order */
export function countsText(
  { series, cutTo, inspected }: MetricsResult,
  labels: readonly string[],
  { terminal, limit, elapsedMs }: CountsTextOptions,
): string {
  const { outStyle: style, width, unicode } = terminal;
  const counted = series
    .map(({ labels, samples }) => ({ labels, count: samples.at(-1)?.value ?? 0 }))
    .sort((a, b) => b.count - a.count);
  const all = counted.reduce((sum, { count }) => sum + count, 0);
  const columns = [
    { title: 'VIOLATIONS', align: 'right' },
    { title: 'SHARE', align: 'right' },
    ...labels.map((label) => ({ title: printable(label), shrinks: true })),
  ] as const;
  const rows = counted
    .slice(0, limit)
    .map(({ labels: values, count }) => [
      formatCount(count),
      percent(count, all),
      ...labels.map((label) => shownValue(values, label)),
    ]);
  const rest = counted.length - rows.length;
  const facts = [
    plural(all, 'violation'),
    ...(cutTo === undefined ? [] : ['there are more rows: these are the first by their values']),
    ...(rest > 0 ? [`${plural(rest, 'row')} not shown; --limit shows more`] : []),
    `looked at ${plural(inspected.spans, 'span')} in ${plural(inspected.blocks, 'block')}`,
    formatDuration(elapsedMs),
  ];
  const found = rows.length === 0 ? '' : `${table(columns, rows, width, style.bold)}\n`;
  const { dot } = glyphsFor(unicode);
  return `${found}${unreadText(inspected, style)}${style.dim(facts.join(` ${dot} `))}\n`;
}

function shownValue(values: readonly NamedValue[], label: string): string {
  const found = values.find(({ name }) => name === label);
  return found === undefined || found.value === null ? '-' : valueText(found.value);
}
