/** Diagnostics as text with source excerpts, as JSON, and as annotations of GitHub Actions. */
import type { DiagnosticJson, TextRangeJson } from '../../engine/answers/rule.js';
import type { Diagnostic, Fix, Related } from '../../engine/language/problems/diagnostic.js';
import type { TriedDiagnostic } from '../../engine/language/problems/fixes.js';
import { displayWidth, printable, truncate } from '../shared/printable.js';
import type { Style, StyleName } from '../shared/terminal.js';
import { annotationLine } from './annotation.js';
import { LineIndex } from './position.js';
import { displayPath } from './read-rules.js';

/** A file that has diagnostics. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

type Files = ReadonlyMap<string, SourceFile>;

/** So many characters a service checks again to try the fixes of one text: less than the longest text costs by itself. */
export const FIXES_ROOM = 50_000;

const COLOURS: Readonly<Record<Diagnostic['severity'], StyleName>> = {
  error: 'red',
  warning: 'yellow',
  hint: 'cyan',
};

/**
 * ```
 * rules/pay.betrace:3:8: error BT2001: unknown name "chrge"
 *   3 |   when chrge
 *     |        ^^^^^
 *   fix: change to "charge"
 * ```
 */
export function diagnosticText(
  file: SourceFile,
  diagnostic: TriedDiagnostic,
  files: Files,
  style: Style,
  width: number,
): string {
  const lines = new LineIndex(file.text);
  const { severity, code, message, range } = diagnostic;
  const { line, column } = lines.positionOf(range.start);
  const colour = style[COLOURS[severity]];
  const place = style.bold(`${printable(displayPath(file.path))}:${line}:${column}:`);
  const text = [
    `${place} ${colour(`${severity} ${code}`)}: ${printable(message)}`,
    ...excerpt(lines, diagnostic, width).map((part, index) => (index === 1 ? colour(part) : part)),
    ...(diagnostic.fixes ?? []).map((fix) => `  ${style.green(fixLabel(fix))} ${printable(fix.title)}`),
    ...(diagnostic.related ?? []).map(
      (related) => `  note: ${printable(related.message)}${relatedPlace(related, file, files)}`,
    ),
  ];
  return `${text.join('\n')}\n`;
}

/** Of a guess only the author knows whether it is meant. */
function fixLabel({ guess }: Fix): string {
  return guess === true ? 'try:' : 'fix:';
}

/** The line that a diagnostic begins on and, below it, what is wrong underlined. */
function excerpt(lines: LineIndex, { range }: Diagnostic, width: number): readonly string[] {
  const { start, end } = lines.rangeOf(range);
  const source = lines.line(start.line);
  const from = start.column - 1;
  const to = end.line === start.line ? end.column - 1 : source.length;
  const number = String(start.line);
  const room = Math.max(20, width - number.length - 5);
  let before = shown(source.slice(0, from));
  // Of a long line, the part around the place is shown.
  const excess = displayWidth(before) - Math.floor(room / 2);
  if (excess > 0 && displayWidth(shown(source)) > room) before = `…${[...before].slice(excess + 1).join('')}`;
  const marked = shown(source.slice(from, to));
  const text = truncate(before + marked + shown(source.slice(to)), room);
  const carets = Math.max(1, Math.min(displayWidth(marked), room - displayWidth(before)));
  const gutter = ' '.repeat(number.length);
  return [
    `  ${number} | ${text}`.trimEnd(),
    `  ${gutter} | ${' '.repeat(displayWidth(before))}${'^'.repeat(carets)}`,
  ];
}

function shown(source: string): string {
  return printable(source.replace(/\t/g, '  '));
}

function relatedPlace(related: Related, file: SourceFile, files: Files): string {
  const target = related.path === undefined ? file : files.get(related.path);
  if (!target) return '';
  const { line, column } = new LineIndex(target.text).positionOf(related.range.start);
  return ` (${printable(displayPath(target.path))}:${line}:${column})`;
}

export function countBySeverity(
  diagnostics: readonly Diagnostic[],
): Readonly<Record<Diagnostic['severity'], number>> {
  const found = { error: 0, warning: 0, hint: 0 };
  for (const { severity } of diagnostics) found[severity]++;
  return found;
}

/** Lines and columns count from 1, columns and offsets in UTF-16 code units; ends are exclusive. */
export function rangeJson(lines: LineIndex, { start, end }: Diagnostic['range']): TextRangeJson {
  return {
    start: { offset: start, ...lines.positionOf(start) },
    end: { offset: end, ...lines.positionOf(end) },
  };
}

export function diagnosticJson(file: SourceFile, diagnostic: TriedDiagnostic, files: Files): DiagnosticJson {
  const lines = new LineIndex(file.text);
  const { code, severity, message, range, fixes = [], related = [] } = diagnostic;
  return {
    path: displayPath(file.path),
    code,
    severity,
    message,
    range: rangeJson(lines, range),
    fixes: fixes.map(({ title, edits, guess = false }) => ({
      title,
      guess,
      edits: edits.map((edit) => ({ range: rangeJson(lines, edit.range), newText: edit.newText })),
    })),
    related: related.map((other) => {
      const target = other.path === undefined ? file : (files.get(other.path) ?? file);
      const otherPlace = rangeJson(new LineIndex(target.text), other.range);
      return { path: displayPath(target.path), message: other.message, range: otherPlace };
    }),
  };
}

const ANNOTATIONS = { error: 'error', warning: 'warning', hint: 'notice' } as const satisfies Record<
  Diagnostic['severity'],
  string
>;

/** For the checks of GitHub Actions; `root` is the repository's folder. */
export function diagnosticAnnotation(file: SourceFile, diagnostic: TriedDiagnostic, root: string): string {
  const { start, end } = new LineIndex(file.text).rangeOf(diagnostic.range);
  const hints = (diagnostic.fixes ?? []).map((fix) => `\n${fixLabel(fix)} ${fix.title}`).join('');
  return annotationLine({
    level: ANNOTATIONS[diagnostic.severity],
    path: displayPath(file.path, root),
    start,
    end: { line: end.line, column: Math.max(start.column, end.column - 1) },
    title: diagnostic.code,
    message: diagnostic.message + hints,
  });
}
