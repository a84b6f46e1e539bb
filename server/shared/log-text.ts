/** Log lines for people: the time, what happened, and its facts; violations as a report shows them. */
import type { Writable } from 'node:stream';
import type { DestinationStream } from 'pino';
import { type Glyphs, glyphsFor } from './glyphs.js';
import { printable } from './printable.js';
import { type Style, terminalOf } from './terminal.js';

type Line = Readonly<Record<string, unknown>>;

/** Takes the JSON lines of the logger. */
export function textLines(
  out: Writable & { readonly isTTY?: boolean },
  env: Readonly<Record<string, string | undefined>>,
): DestinationStream {
  const { errStyle, unicode } = terminalOf(out, out, env);
  const glyphs = glyphsFor(unicode);
  return { write: (line) => void out.write(`${textLine(JSON.parse(line) as Line, errStyle, glyphs)}\n`) };
}

function textLine(line: Line, style: Style, glyphs: Glyphs): string {
  const time = style.dim(String(line.time).slice(11, 19));
  if (line.violation !== undefined && line.msg === 'violation')
    return `${time}  ${violationText(line, style, glyphs)}`;
  const { level, time: _, service: __, msg, ...facts } = line;
  const message = printable(String(msg ?? ''));
  const shown = Object.entries(facts).map(([key, value]) =>
    style.dim(`${printable(key)}=${factText(value)}`),
  );
  return [`${time} `, level === 'info' ? message : levelled(String(level), message, style), ...shown].join(
    ' ',
  );
}

function levelled(level: string, message: string, style: Style): string {
  const colour =
    level === 'warn' ? style.yellow : level === 'error' || level === 'fatal' ? style.red : style.dim;
  return `${colour(`${level}:`)} ${message}`;
}

function violationText(line: Line, style: Style, { violated, dot }: Glyphs): string {
  const [rule, severity, summary, clause] = (['rule', 'severity', 'summary', 'clause'] as const).map((key) =>
    fieldText(line, key),
  );
  const places = line.trace === undefined ? windowPlaces(line) : tracePlaces(line);
  const where = places.filter((place) => place !== undefined).join(` ${dot} `);
  return [
    `${style.red(`${violated} ${rule}`)}  ${severity}${summary === undefined ? '' : `  ${style.bold(summary)}`}`,
    `${INDENT}broken: ${clause}`,
    `${INDENT}${style.dim(where)}`,
  ].join('\n');
}

/** What a verdict rests on, where one word does not say it. */
const SEEN: Readonly<Record<string, string>> = {
  early: 'seen while the trace was open',
  partial: 'seen before the trace was complete',
};

function tracePlaces(line: Line): readonly (string | undefined)[] {
  const basis = fieldText(line, 'basis');
  const seen = basis === undefined ? undefined : (SEEN[basis] ?? basis);
  return [fieldText(line, 'service'), `trace ${fieldText(line, 'trace')}`, seen];
}

/** Of a rule over many traces. */
function windowPlaces(line: Line): readonly (string | undefined)[] {
  const [from = '', to = ''] = (['from', 'to'] as const).map((key) =>
    fieldText(line, key)?.slice(0, 19).replace('T', ' '),
  );
  const until = to.slice(0, 10) === from.slice(0, 10) ? to.slice(11) : to;
  const series = Array.isArray(line.series) ? line.series.map((label) => printable(String(label))) : [];
  return [...series, `${from} to ${until} UTC`, `value ${Number(Number(line.value).toPrecision(4))}`];
}

function fieldText(line: Line, key: string): string | undefined {
  return line[key] === undefined ? undefined : printable(String(line[key]));
}

/** Below the name of a rule, behind the time and its mark. */
const INDENT = ' '.repeat(12);

function factText(value: unknown): string {
  if (typeof value === 'string') return printable(/\s/.test(value) ? JSON.stringify(value) : value);
  // Of an error its message is what people read; the trace is in the JSON format.
  if (typeof value === 'object' && value !== null && 'message' in value)
    return printable(JSON.stringify(value.message));
  return printable(JSON.stringify(value) ?? '');
}
