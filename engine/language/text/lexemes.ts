import { NAME_RUNE, QUOTED_PART } from '../tree/literals-attribute.js';

export const WORD = '[A-Za-z_][A-Za-z0-9_-]*';

export const LETTER = '[\\p{L}\\p{M}\\p{N}]';

export const NAME_PARTS = `(?:${QUOTED_PART}|${NAME_RUNE})+`;

/**
 * What the text consists of, before words are distinguished. The order decides: a dot and digits are a number before they
 * are an attribute, and a word with a dot is one attribute before it is a word.
 */
export const LEXEMES = {
  space: { match: /[\s\u0085\ufeff]+/u, lineBreaks: true },
  comment: { match: /\/\/[^\n]*|\/\*[\s\S]*?\*\//u, lineBreaks: true },
  openComment: { match: /\/\*[\s\S]*/u, lineBreaks: true },
  string: { match: /"(?:\\[^\n]|[^"\\\n])*"|`[^`]*`/u, lineBreaks: true },
  openString: { match: /"(?:\\[^\n]|[^"\\\n])*\\?|`[^`]*/u, lineBreaks: true },
  // Also the curly quotes that word processors and chats make of straight ones.
  quoted: { match: /'(?:\\[^\n]|[^'\\\n])*'?|[“”„][^“”„\n]*[“”]?|[‘’‚][^‘’‚\n]*[‘’]?/u },
  // `0..300ms` in tests is two numbers and a range; TraceQL has no use for a name that starts with two dots.
  range: { match: /\.\.(?=[\s\d]|$)/u },
  number: {
    match:
      /(?:\d+(?:\.(?!\.)\d*)?|\.\d+)(?:[eE][+-]?\d+(?![\p{L}\d]))?(?:[\p{L}\p{N}_]|\.(?=[\p{L}\p{N}]))*/u,
  },
  // `@2026-12-31T18:00:00+01:00`; what is wrong in it is found later.
  time: { match: /@\d[\w:.]*(?:[+-]\d[\w:.]*)*/u },
  scoped: {
    match: /(?:span|trace|event|link|instrumentation):\s*(?:[A-Za-z_][A-Za-z0-9_]*)?/u,
    lineBreaks: true,
  },
  field: { match: new RegExp(`(?:${WORD})?\\.${NAME_PARTS}`, 'u'), lineBreaks: true },
  openField: {
    match: new RegExp(`(?:${WORD})?\\.${NAME_RUNE}*(?:${QUOTED_PART}${NAME_RUNE}*)*"[^\\n}]*`, 'u'),
  },
  bareDot: { match: new RegExp(`(?:${WORD})?\\.`, 'u') },
  // A word with letters that no name has, in one piece.
  foreignWord: { match: new RegExp(`(?:${WORD})?(?![\\x00-\\x7f])${LETTER}(?:${LETTER}|[_-])*`, 'u') },
  word: { match: new RegExp(WORD, 'u') },
  op: {
    match:
      /&>>|&<<|!>>|!<<|&&|\|\||&>|&<|&~|!>|!<|!~|!=|>>|<<|>=|<=|=~|~=|==|=>|<>|\*\*|[=<>~|&:+\-*/%^!(){}[\],#]/u,
  },
  stray: { match: /[\s\S]/u, lineBreaks: true },
} as const satisfies Readonly<Record<string, moo.Rule>>;

export type LexemeType = keyof typeof LEXEMES;
