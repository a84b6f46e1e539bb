import moo from 'moo';
import type { Diagnostic } from '../problems/diagnostic.js';
import type { Comment } from '../tree/ast.js';
import { numberValue } from '../tree/literals.js';
import { ATTRIBUTE_SCOPES } from '../words/words.js';
import { LEXEMES, type LexemeType } from './lexemes.js';
import { LexerContext, type LexerState, START_OF_TEXT } from './lexer-context.js';
import { reportLexeme } from './lexer-problems.js';
import { type Token, type TokenKind, wordKind } from './tokens.js';

/** Compiled once; whoever reads a text has a copy. */
const LEXER = moo.compile(LEXEMES) as moo.Lexer & { clone(): moo.Lexer };

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
  const stream = new TokenStream(text);
  const tokens: Token[] = [];
  for (let token = stream.next(); token !== undefined; token = stream.next()) tokens.push(token);
  return { tokens, comments: stream.comments, diagnostics: stream.diagnostics };
}

/** The tokens of a text from some place on, one by one. */
export class TokenStream {
  readonly comments: Comment[] = [];
  readonly diagnostics: Diagnostic[] = [];
  private readonly text: string;
  private readonly lexer = LEXER.clone();
  private readonly context: LexerContext;
  /** The offset of what the lexer has now. */
  private base: number;
  private lastReach = 0;

  /** @param state what the text before `start` came to */
  constructor(text: string, start = 0, state: LexerState = START_OF_TEXT) {
    this.text = text;
    this.context = new LexerContext(text, state);
    this.base = start;
    this.lexer.reset(text.slice(start));
  }

  /** What the text before the next token comes to. */
  get state(): LexerState {
    return this.context.state;
  }

  /** For the last token no character from here on made a difference. Infinite where it made one that the text ends. */
  get reach(): number {
    return Math.max(this.lastReach, this.context.reach);
  }

  /** Undefined at the end of the text. */
  next(): Token | undefined {
    this.lastReach = 0;
    this.context.reach = 0;
    for (let lexeme = this.lexer.next(); lexeme !== undefined; lexeme = this.lexer.next()) {
      const token = this.tokenOf(lexeme);
      if (token === undefined) continue;
      this.context.push(token);
      return token;
    }
    this.lastReach = Number.POSITIVE_INFINITY;
    return undefined;
  }

  private tokenOf(lexeme: moo.Token): Token | undefined {
    const type = lexeme.type as LexemeType;
    if (type === 'space') return undefined;
    const start = this.base + lexeme.offset;
    this.lastReach = Math.max(this.lastReach, this.reachOf(type, start + lexeme.text.length));
    const cut = cutOf(type, lexeme.text, start, this.context);
    const text = cut > 0 ? lexeme.text.slice(0, cut) : lexeme.text;
    const end = start + text.length;
    if (cut > 0) {
      this.base = end;
      this.lexer.reset(this.text.slice(end));
    }
    if (type === 'comment' || type === 'openComment') this.comments.push({ text, range: { start, end } });
    const actual = cut > 0 && isDottedOrWord(type) ? 'word' : type;
    const problem = reportLexeme(actual, text, start);
    if (problem !== undefined) this.diagnostics.push(problem);
    const kind = kindOf(actual, text);
    return kind === undefined ? undefined : { kind, text, start, end };
  }

  /** How far the expressions of `LEXEMES` look before they settle on a lexeme. */
  private reachOf(type: LexemeType, end: number): number {
    // What is open might be closed anywhere behind it; strings only before the end of the line.
    const isOpen =
      type === 'openField' || type === 'openComment' || (type === 'field' && this.text[end] === '"');
    if (isOpen) return Number.POSITIVE_INFINITY;
    if (type !== 'openString' && type !== 'quoted') return end + LONGEST_LOOK;
    const line = this.text.indexOf('\n', end);
    return line < 0 ? Number.POSITIVE_INFINITY : line + 1;
  }
}

/** More than any lexeme but an open one looks behind its end. */
const LONGEST_LOOK = 64;

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
