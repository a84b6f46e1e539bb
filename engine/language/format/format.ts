import { parseFile } from '../parse/parse.js';
import { parseQuery } from '../parse/parse-query.js';
import type { Diagnostic } from '../problems/diagnostic.js';
import { lex } from '../text/lexer.js';
import type { Token } from '../text/tokens.js';
import type { Comment } from '../tree/ast.js';
import { hasBlankLine, type Layout, type LineStart, layoutOf } from './format-layout.js';
import { reflow } from './format-reflow.js';
import { flatText } from './format-spacing.js';

export interface Formatted {
  /** The text unchanged where it has errors. */
  readonly text: string;
  readonly diagnostics: readonly Diagnostic[];
}

type Piece = Token | Comment;

/** One line to be written, which may become several. */
interface Line {
  readonly start: LineStart;
  /** From the first token to the last, with the comments between them. */
  readonly pieces: readonly Piece[];
  /** On the lines above. */
  readonly above: readonly Comment[];
  /** On the same line, behind the last token. */
  readonly behind: readonly Comment[];
}

/**
 * Lays out a file for `betrace fmt`. Only white space changes: every token and comment stays as written and in its
 * order, so that neither literals nor parentheses nor meaning can change.
 */
export function formatText(text: string): Formatted {
  const { file, diagnostics } = parseFile(text);
  if (diagnostics.length > 0) return { text, diagnostics };
  return { text: laidOut(text, (tokens) => layoutOf(file, tokens, text)), diagnostics: [] };
}

/** The same of a text that is one query: settings and clauses of a rule on lines of their own. */
export function formatQuery(text: string): Formatted {
  const { query, diagnostics } = parseQuery(text);
  if (query === undefined || diagnostics.length > 0) return { text, diagnostics };
  const parts =
    query.kind === 'rule' || query.kind === 'over rule' ? [...query.settings, ...query.clauses] : [];
  const starts = new Set(parts.map(({ range }) => range.start));
  const layout = (tokens: readonly Token[]): Layout => {
    const first = tokens.filter(({ start }, n) => n === 0 || starts.has(start));
    const lines = new Map(first.map(({ start }) => [start, { level: 0, closes: false }]));
    return { lines, padded: new Map() };
  };
  return { text: laidOut(text, layout), diagnostics: [] };
}

function laidOut(text: string, layOut: (tokens: readonly Token[]) => Layout): string {
  const { tokens, comments } = lex(text);
  const layout = layOut(tokens);
  const lines = linesOf(tokens, comments, layout, text);
  const writer = new Writer(text, layout);
  for (const line of lines.lines) writer.line(line);
  writer.comments(lines.rest, 0);
  return withBreaksOf(text, writer.text());
}

/** With line breaks of CR LF where the source has no others; then its strings and comments have none either. */
function withBreaksOf(source: string, laidOut: string): string {
  const isWindows = source.includes('\r\n') && !BARE_BREAK.test(source);
  return isWindows ? laidOut.replace(new RegExp(BARE_BREAK, 'gu'), '\r\n') : laidOut;
}

const BARE_BREAK = /(?<!\r)\n/u;

function startOf(piece: Piece): number {
  return 'kind' in piece ? piece.start : piece.range.start;
}

function endOf(piece: Piece): number {
  return 'kind' in piece ? piece.end : piece.range.end;
}

/** Cuts tokens and comments into lines. */
function linesOf(
  tokens: readonly Token[],
  comments: readonly Comment[],
  layout: Layout,
  text: string,
): { readonly lines: readonly Line[]; readonly rest: readonly Comment[] } {
  const lines: Line[] = [];
  const pieces = [...tokens, ...comments].sort((a, b) => startOf(a) - startOf(b));
  let line:
    | { start: LineStart; pieces: Piece[]; above: readonly Comment[]; behind: readonly Comment[] }
    | undefined;
  let above: Comment[] = [];
  let pending: Comment[] = [];
  let previousEnd = 0;
  for (const piece of pieces) {
    const gap = text.slice(previousEnd, startOf(piece));
    previousEnd = endOf(piece);
    if (!('kind' in piece)) {
      // Behind the last token of a line as long as no newline came; that is known at the next token.
      if (line === undefined || above.length > 0 || gap.includes('\n')) above.push(piece);
      else pending.push(piece);
      continue;
    }
    const start = layout.lines.get(piece.start);
    if (start !== undefined || line === undefined) {
      if (line !== undefined) line.behind = pending;
      line = { start: start ?? { level: 0, closes: false }, pieces: [piece], above, behind: [] };
      lines.push(line);
    } else line.pieces.push(...pending, ...above, piece);
    above = [];
    pending = [];
  }
  if (line !== undefined) line.behind = pending;
  return { lines, rest: above };
}

class Writer {
  private readonly source: string;
  private readonly padded: ReadonlyMap<number, number>;
  private written = '';
  private previousEnd = 0;
  private opened = true;
  /** Whether an empty line goes before what is written next, also where there was none. */
  private apart = false;

  constructor(source: string, layout: Layout) {
    this.source = source;
    this.padded = layout.padded;
  }

  text(): string {
    return this.written;
  }

  /** Comments on lines of their own. */
  comments(comments: readonly Comment[], level: number): void {
    for (const comment of comments) {
      this.blankLine(comment.range.start);
      this.written += `${'  '.repeat(level)}${comment.text.trimEnd()}\n`;
      this.previousEnd = comment.range.end;
      this.opened = false;
    }
  }

  line({ start: { level, closes, apart = false }, pieces, above, behind }: Line): void {
    this.apart = apart;
    this.comments(above, closes ? level + 1 : level);
    const first = pieces[0] as Piece;
    if (!closes) this.blankLine(startOf(first));
    const tokens = pieces.filter((piece): piece is Token => 'kind' in piece);
    const lines =
      tokens.length === pieces.length
        ? reflow(tokens, level * 2, this.padded)
        : this.aroundComments(pieces, level * 2 + 2);
    const trailing = behind.map((comment) => ` ${comment.text.trimEnd()}`).join('');
    this.written += `${'  '.repeat(level)}${lines.join('\n')}${trailing}\n`;
    this.previousEnd = endOf(behind.at(-1) ?? (pieces.at(-1) as Piece));
    this.opened = tokens.at(-1)?.text === '{';
  }

  /** Keeps one of the empty lines before something, except at the start of a file or body. */
  private blankLine(offset: number): void {
    const apart = this.apart || hasBlankLine(this.source.slice(this.previousEnd, offset));
    if (apart && !this.opened) this.written += '\n';
    this.apart = false;
  }

  /** A line with comments inside is broken where they are, and nowhere else: then it comes out the same again. */
  private aroundComments(pieces: readonly Piece[], indent: number): readonly string[] {
    const lines: string[] = [];
    let line = '';
    let run: Token[] = [];
    let before: readonly [Token | undefined, Token | undefined] = [undefined, undefined];
    let previousEnd = startOf(pieces[0] as Piece);
    const endRun = () => {
      if (run.length === 0) return;
      line += `${line === '' || line.endsWith(' ') ? '' : ' '}${flatText(run, this.padded, before)}`;
      before = [run.at(-2) ?? before[1], run.at(-1)];
      run = [];
    };
    const endLine = () => {
      if (line !== '') lines.push(lines.length === 0 ? line : `${' '.repeat(indent)}${line}`);
      line = '';
    };
    for (const piece of pieces) {
      const gap = this.source.slice(previousEnd, startOf(piece));
      previousEnd = endOf(piece);
      if ('kind' in piece) {
        if (run.length === 0 && gap.includes('\n') && line !== '') endLine();
        run.push(piece);
        continue;
      }
      endRun();
      if (gap.includes('\n')) endLine();
      line = `${line === '' ? '' : `${line.trimEnd()} `}${piece.text.trimEnd()}`;
      if (piece.text.startsWith('//')) endLine();
    }
    endRun();
    endLine();
    return lines;
  }
}
