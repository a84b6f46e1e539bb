import moo from 'moo';
import type { Diagnostic } from '../problems/diagnostic.js';
import type { Comment } from '../tree/ast.js';
import { numberValue } from '../tree/literals.js';
import { ATTRIBUTE_SCOPES } from '../words/words.js';
import { LEXEMES, type LexemeType } from './lexemes.js';
import { LexerContext } from './lexer-context.js';
import { reportLexeme } from './lexer-problems.js';
import { type Token, type TokenKind, wordKind } from './tokens.js';

/** Compiled once, and reset for every text. */
const lexer = moo.compile(LEXEMES);

export interface LexedText {
  readonly tokens: readonly Token[];
  readonly comments: readonly Comment[];
  readonly diagnostics: readonly Diagnostic[];
}

/**
 * Cuts a text into tokens. Never fails: what cannot be a token is reported, and is in the result as the token that
 * was most likely meant, or as a `bad` one.
 */
export function lex(text: string): LexedText {
  const tokens: Token[] = [];
  const comments: Comment[] = [];
  const diagnostics: Diagnostic[] = [];
  const context = new LexerContext(text);
  let base = 0;
  lexer.reset(text);
  for (let lexeme = lexer.next(); lexeme !== undefined; lexeme = lexer.next()) {
    const type = lexeme.type as LexemeType;
    const start = base + lexeme.offset;
    if (type === 'space') continue;
    const cut = cutOf(type, lexeme.text, start, context);
    const written = cut > 0 ? lexeme.text.slice(0, cut) : lexeme.text;
    const end = start + written.length;
    if (cut > 0) {
      base = end;
      lexer.reset(text.slice(base));
    }
    if (type === 'comment' || type === 'openComment') comments.push({ text: written, range: { start, end } });
    const actual = cut > 0 && isDottedOrWord(type) ? 'word' : type;
    const problem = reportLexeme(actual, written, start);
    if (problem !== undefined) diagnostics.push(problem);
    const kind = kindOf(actual, written);
    if (kind === undefined) continue;
    const token: Token = { kind, text: written, start, end };
    tokens.push(token);
    context.push(token);
  }
  return { tokens, comments, diagnostics };
}

function isDottedOrWord(type: LexemeType): boolean {
  return type === 'word' || type === 'field' || type === 'bareDot';
}

/** How much of a lexeme to take as one token, 0 for all of it. */
function cutOf(type: LexemeType, text: string, start: number, context: LexerContext): number {
  if (isDottedOrWord(type)) return context.cut(text, start);
  const isOpen = type === 'quoted' ? !/^.[\s\S]*['“”‘’]$/u.test(text) : type === 'openString';
  if (!isOpen || text.startsWith('`')) return 0;
  // Brackets that close at the end of the line were hardly meant to be in the string.
  let end = text.length;
  while (end > 1 && /[\s)}\]]/u.test(text[end - 1] ?? '')) end--;
  return end < text.length ? end : 0;
}

function kindOf(type: LexemeType, text: string): TokenKind | undefined {
  switch (type) {
    case 'space':
    case 'comment':
    case 'openComment':
      return undefined;
    case 'string':
    case 'openString':
    case 'quoted':
      return 'string';
    case 'range':
    case 'op':
      return 'op';
    case 'number':
      return numberValue(text)?.kind ?? 'int';
    case 'time':
      return 'time';
    case 'scoped':
      return 'scoped';
    case 'field':
    case 'openField':
    case 'bareDot':
      return dottedKind(text);
    case 'word':
      return wordKind(text);
    case 'foreignWord':
      return 'name';
    case 'stray':
      return 'bad';
  }
}

function dottedKind(text: string): TokenKind {
  const head = text.slice(0, text.indexOf('.'));
  return head === '' || head === 'parent' || head === 'root' || ATTRIBUTE_SCOPES.has(head)
    ? 'field'
    : 'bound';
}
