import type { Dialect } from './dialect.js';

type Piece = string | Sql | ((dialect: Dialect) => Sql);

/**
 * A piece of SQL whose last spelling is open: what dialects write differently stays a question to the dialect until it is rendered.
 * Made by the tag `sql` and by the members of a dialect (`operations.ts`) only, so that no text from outside is ever SQL.
 */
export class Sql {
  private rendered: { readonly dialect: Dialect; readonly text: string } | undefined;

  private constructor(private readonly pieces: readonly Piece[]) {}

  static of(pieces: readonly Piece[]): Sql {
    return new Sql(pieces);
  }

  /** The text in a dialect. */
  in(dialect: Dialect): string {
    if (this.rendered?.dialect === dialect) return this.rendered.text;
    let text = '';
    for (const piece of this.pieces)
      text +=
        typeof piece === 'string'
          ? piece
          : piece instanceof Sql
            ? piece.in(dialect)
            : piece(dialect).in(dialect);
    this.rendered = { dialect, text };
    return text;
  }
}

/**
 * SQL with other SQL in it. What is written in the source is taken unchanged; texts, which may be anybody's, do not fit in: they are
 * named (`name`) or are values (`text`, `int`, `double` of a dialect). Numbers are counts and indices of our own.
 */
export function sql(source: TemplateStringsArray, ...values: readonly (Sql | number)[]): Sql {
  const pieces: Piece[] = [];
  for (const [n, text] of source.entries()) {
    if (text !== '') pieces.push(text);
    if (n < values.length) pieces.push(pieceOf(values[n]));
  }
  return Sql.of(pieces);
}

function pieceOf(value: Sql | number | undefined): Piece {
  if (typeof value === 'number') return digits(value);
  if (value instanceof Sql) return value;
  throw new TypeError('no SQL: a value, or a name?');
}

function digits(value: number): string {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`not a count: ${value}`);
  return String(value);
}

/** What may be between pieces of SQL. */
export type Separator =
  | ', '
  | ' AND '
  | ' OR '
  | ' '
  | ' | '
  | ' + '
  | '\n'
  | ',\n'
  | ',\n  '
  | '\n  OR '
  | ';\n'
  | ' UNION '
  | ' UNION ALL '
  | '\nUNION ALL '
  | '\nUNION ALL\n';

export function join(parts: readonly Sql[], separator: Separator): Sql {
  return Sql.of(parts.flatMap((part, n) => (n === 0 ? [part] : [separator, part])));
}

export function concat(parts: readonly Sql[]): Sql {
  return Sql.of(parts);
}

/** The name of a table or a column, or what one begins with: as it is where it is plain, else quoted. */
export function name(text: string): Sql {
  return PLAIN.test(text) ? Sql.of([text]) : Sql.of([(dialect) => dialect.quoted(text)]);
}

export function names(texts: readonly string[]): readonly Sql[] {
  return texts.map(name);
}

/** Names that mean the same in any dialect without quotes. */
const PLAIN = /^[A-Za-z_][A-Za-z0-9_]*$/;

export const EMPTY = sql``;
export const TRUE = sql`true`;
export const FALSE = sql`false`;
export const NULL = sql`NULL`;
