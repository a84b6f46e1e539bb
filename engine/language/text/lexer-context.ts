import { intrinsicOfWord } from '../tree/intrinsics.js';
import { NAME_RUNE, QUOTED_PART } from '../tree/literals-attribute.js';
import { isCallable } from '../words/callable.js';
import { CLAUSE_KEYWORDS, keywordsFor } from '../words/words.js';
import { type Token, wordKind } from './tokens.js';

type Mode =
  | 'block'
  | 'expression'
  /** Of an aggregate, as long as nobody asked what is in it: a pattern and an expression, or an expression. */
  | 'aggregate'
  | 'aggregate of a pattern'
  | 'aggregate of an expression'
  | 'other';

interface Bracket {
  readonly mode: Mode;
  /** With those around it. */
  readonly depth: number;
  readonly outer: Bracket | undefined;
}

/** What the text before a place means for how the text behind it is read. It does not change: a token leads to another one. */
export interface LexerState {
  /** The innermost that is open. */
  readonly bracket: Bracket | undefined;
  /** Of the pair of brackets that was closed last. */
  readonly closed: Mode | undefined;
  readonly previous: Pick<Token, 'kind' | 'text'> | undefined;
  readonly beforePrevious: string | undefined;
  /** Inside the expression after `where`, at this bracket depth; -1 outside. */
  readonly whereDepth: number;
  /** Behind a `|` of the same test. */
  readonly piped: boolean;
}

export const START_OF_TEXT: LexerState = {
  bracket: undefined,
  closed: undefined,
  previous: undefined,
  beforePrevious: undefined,
  whereDepth: -1,
  piped: false,
};

/** Whether any text would be read alike behind both. */
export function isSameState(a: LexerState, b: LexerState): boolean {
  return (
    a === b ||
    (a.closed === b.closed &&
      a.previous?.kind === b.previous?.kind &&
      a.previous?.text === b.previous?.text &&
      a.beforePrevious === b.beforePrevious &&
      a.whereDepth === b.whereDepth &&
      a.piped === b.piped &&
      areSameBrackets(a.bracket, b.bracket))
  );
}

function areSameBrackets(first: Bracket | undefined, second: Bracket | undefined): boolean {
  let [a, b] = [first, second];
  while (a !== b) {
    if (a?.mode !== b?.mode || a?.depth !== b?.depth) return false;
    a = a?.outer;
    b = b?.outer;
  }
  return true;
}

/**
 * Decides where a hyphen is a minus sign. `error-spans` is one name of a pattern, but in a filter TraceQL has
 * `duration-1s`, a subtraction. So a word with a hyphen is cut behind its first part where a field expression is
 * written and that part is an operand of TraceQL. (Names of bound spans in a filter are always followed by a dot.)
 */
export class LexerContext {
  /** The end of what had to be looked at behind the words that were cut. */
  reach = 0;

  constructor(
    private readonly text: string,
    private current: LexerState,
  ) {}

  get state(): LexerState {
    return this.current;
  }

  /** How much of a word or dotted word to keep, 0 for all of it. */
  cut(word: string, start: number): number {
    const hyphen = word.indexOf('-');
    if (hyphen < 0) return 0;
    const dot = word.indexOf('.');
    if (dot >= 0 && dot < hyphen) return 0;
    const first = word.slice(0, hyphen);
    if (wordKind(first) !== 'constant' && intrinsicOfWord(first) === undefined) return 0;
    // The name of a list follows, or a parenthesis.
    const { previous } = this.current;
    if (previous?.text === 'in' && previous.kind === 'keyword') return 0;
    return this.inExpression(start) ? hyphen : 0;
  }

  push({ kind, text: written }: Token): void {
    const text = kind === 'op' || kind === 'keyword' ? written : '';
    let { bracket, closed, whereDepth, piped } = this.current;
    if (text === '{' || text === '(' || text === '[')
      bracket = { mode: this.opened(text), depth: depthOf(bracket) + 1, outer: bracket };
    else if (text === '}' || text === ')' || text === ']') {
      closed = bracket?.mode;
      bracket = bracket?.outer;
    } else if (CLAUSE_KEYWORDS.has(text)) bracket = { mode: 'block', depth: 1, outer: undefined };
    else if (text === ',') {
      if (bracket?.mode.startsWith('aggregate')) bracket = { ...bracket, mode: 'expression' };
    } else if (text === 'where') whereDepth = depthOf(bracket);
    else if (ENDS_WHERE.has(text)) whereDepth = -1;
    if (CLAUSE_KEYWORDS.has(text) || whereDepth > depthOf(bracket)) whereDepth = -1;
    if (text === '|') piped = true;
    else if (ENDS_PIPELINE.has(text)) piped = false;
    this.current = {
      bracket,
      closed,
      previous: { kind, text: written },
      beforePrevious: this.current.previous?.text,
      whereDepth,
      piped,
    };
  }

  private opened(text: string): Mode {
    const { bracket: outer, previous, whereDepth } = this.current;
    const call = previous?.kind === 'keyword' ? previous.text : '';
    if (text === '{') return this.isBlock() ? 'block' : 'expression';
    if (text === '(' && (call === 'by' || call === 'select' || VALUE_FUNCTIONS.has(call) || this.isCall()))
      return 'expression';
    if (text === '(' && call === 'count') return 'other';
    if (text === '(' && AGGREGATES.has(call)) return 'aggregate';
    return outer?.mode === 'expression' || whereDepth >= 0 ? 'expression' : 'other';
  }

  /** Whether a `(` behind a name holds what a pattern is given; in the head of a `let` it holds parameters. */
  private isCall(): boolean {
    const { previous: before, beforePrevious } = this.current;
    return before?.kind === 'name' && isCallable(before.text) && beforePrevious !== 'let';
  }

  /** Whether a `{` opens the body of a rule, a test or a span in a test, and not a filter. */
  private isBlock(): boolean {
    const { previous, beforePrevious, bracket, closed } = this.current;
    if (previous === undefined) return false;
    if (bracket === undefined) return beforePrevious !== undefined && BEFORE_BODIES.has(beforePrevious);
    // In a test: after the times of a span, its attributes, or the strings of an event or link.
    if (previous.text === '}' && closed === 'block') return true;
    return previous.kind === 'duration' || previous.kind === 'int' || previous.kind === 'string';
  }

  private inExpression(start: number): boolean {
    const { bracket, whereDepth } = this.current;
    if (bracket === undefined) return whereDepth === 0;
    switch (bracket.mode) {
      case 'expression':
      case 'aggregate of an expression':
        return true;
      case 'aggregate of a pattern':
        return false;
      case 'aggregate': {
        const isPattern = this.hasComma(start) ?? !this.current.piped;
        const mode = isPattern ? 'aggregate of a pattern' : 'aggregate of an expression';
        this.current = { ...this.current, bracket: { ...bracket, mode } };
        return !isPattern;
      }
      case 'block':
      case 'other':
        return whereDepth === bracket.depth;
    }
  }

  /** `sum(error-spans, …)` has a pattern first, `sum(duration-1s)` an expression: the comma tells. Undefined where nothing closes it. */
  private hasComma(start: number): boolean | undefined {
    let depth = 0;
    let looked = start;
    const tokens = new RegExp(SKIMMED, 'gu');
    tokens.lastIndex = start;
    for (let count = 0; count < LOOKAHEAD; count++) {
      const match = tokens.exec(this.text);
      // A quote or comment that it passed over was looked for the end of in all of the text.
      if (match === null || OPENING.test(this.text.slice(looked, match.index)))
        this.reach = Number.POSITIVE_INFINITY;
      if (match === null) return undefined;
      looked = tokens.lastIndex;
      this.reach = Math.max(this.reach, looked);
      const [lexeme] = match;
      if (lexeme === ',' && depth === 0) return true;
      if (lexeme === '(' || lexeme === '{') depth++;
      else if (lexeme === ')' || lexeme === '}') depth--;
      if (depth < 0) return lexeme === ')' ? false : undefined;
    }
    return undefined;
  }
}

function depthOf(bracket: Bracket | undefined): number {
  return bracket?.depth ?? 0;
}

/** Brackets and commas, and all that may hold some without meaning them: attributes, strings, comments. */
const SKIMMED = `\\.(?:${QUOTED_PART}|${NAME_RUNE})+|"(?:\\\\[\\s\\S]|[^"\\\\])*"|\`[^\`]*\`|//[^\\n]*|/\\*[\\s\\S]*?\\*/|[(){},]`;
const OPENING = /["`]|\/\*/u;
const LOOKAHEAD = 2000;
/** What is two words before the `{` of a body: `rule id {`, `test "t" of id at @2026-01-01 from "file" {`. */
const BEFORE_BODIES: ReadonlySet<string> = new Set(['rule', 'of', 'at', 'from']);
const AGGREGATES: ReadonlySet<string> = new Set(keywordsFor('aggregate', 'clause aggregate'));
const VALUE_FUNCTIONS: ReadonlySet<string> = new Set(keywordsFor('value function'));
/** What begins another test. */
const ENDS_PIPELINE: ReadonlySet<string> = new Set(keywordsFor('clause', 'joint', 'item'));
/** What cannot be in the expression after a `where`. `starts` can, as half of `starts with`. */
const ENDS_WHERE: ReadonlySet<string> = new Set(
  keywordsFor('binding', 'joint', 'relation', 'bound', 'sequence', 'clause', 'item').filter(
    (word) => word !== 'starts',
  ),
);
