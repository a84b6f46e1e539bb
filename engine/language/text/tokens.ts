import type { Range } from '../tree/ast.js';
import { intrinsicOfWord } from '../tree/intrinsics.js';
import { CONSTANT_WORDS, KEYWORDS } from '../words/words.js';

/**
 * What the lexer hands to the grammar. Words are split into kinds here, so that the grammar can keep the names that
 * users choose apart from the words that mean something without looking at their text.
 */
export type TokenKind =
  /** A word that means nothing by itself: a let-name, a bound span, a setting, `on`, `partial`, … */
  | 'name'
  /** A word that no let may be named: `before`, `count`, … */
  | 'keyword'
  /** `true`, `nil`, `error`, `server`, `minInt`, … */
  | 'constant'
  /** `duration`: an intrinsic in TraceQL's old, unscoped spelling. */
  | 'intrinsic'
  /** `span:duration`. */
  | 'scoped'
  /** `.a`, `span.a`, `parent.name`: an attribute, or a field of the parent or the root. */
  | 'field'
  /** `c.span.amount`: a field of a bound span. */
  | 'bound'
  /** Within a `let`, one of its parameters; the parser tells it from a name. */
  | 'parameter'
  /** The name of a pattern that is given values; the parser tells it from others. */
  | 'called'
  | 'string'
  | 'int'
  | 'float'
  | 'duration'
  /** `@2026-12-31` */
  | 'time'
  /** Operators and punctuation. */
  | 'op'
  /** A character or number that no text may have here; the lexer has reported it. */
  | 'bad';

export interface Token extends Range {
  readonly kind: TokenKind;
  /** As written; empty for a token that recovery made up. */
  readonly text: string;
  /** Made up by recovery, to stand for something that is missing. */
  readonly missing?: true;
}

/** The kind of a whole word. */
export function wordKind(word: string): TokenKind {
  if (KEYWORDS.has(word)) return 'keyword';
  if (CONSTANT_WORDS.has(word)) return 'constant';
  if (intrinsicOfWord(word) !== undefined) return 'intrinsic';
  return 'name';
}

/** Whether a let or a bound span may have this name. */
export function isFreeName(word: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_-]*$/.test(word) && wordKind(word) === 'name';
}

export function isWord(token: Pick<Token, 'kind'>): boolean {
  return (
    token.kind === 'name' ||
    token.kind === 'keyword' ||
    token.kind === 'constant' ||
    token.kind === 'intrinsic'
  );
}
