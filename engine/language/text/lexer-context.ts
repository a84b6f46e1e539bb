import { intrinsicOfWord } from '../tree/intrinsics.js';
import { NAME_RUNE, QUOTED_PART } from '../tree/literals-attribute.js';
import { isCallable } from '../words/callable.js';
import { CLAUSE_KEYWORDS, keywordsFor } from '../words/words.js';
import { type Token, wordKind } from './tokens.js';

/**
 * Decides where a hyphen is a minus sign. `error-spans` is one name of a pattern, but in a filter TraceQL has
 * `duration-1s`, a subtraction. So a word with a hyphen is cut behind its first part where a field expression is
 * written and that part is an operand of TraceQL. (Names of bound spans in a filter are always followed by a dot.)
 */
export class LexerContext {
  private readonly text: string;
  private readonly brackets: Bracket[] = [];
  /** The pair of brackets that was closed last. */
  private closed: Bracket | undefined;
  private previous: Token | undefined;
  private beforePrevious: Token | undefined;
  /** Inside the expression after `where`, at this bracket depth. */
  private whereDepth = -1;

  constructor(text: string) {
    this.text = text;
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
    if (this.previous?.text === 'in' && this.previous.kind === 'keyword') return 0;
    return this.inExpression(start) ? hyphen : 0;
  }

  push(token: Token): void {
    const text = token.kind === 'op' || token.kind === 'keyword' ? token.text : '';
    if (text === '{' || text === '(' || text === '[') this.brackets.push(this.opened(text, token));
    else if (text === '}' || text === ')' || text === ']') this.closed = this.brackets.pop();
    else if (CLAUSE_KEYWORDS.has(text))
      this.brackets.splice(0, Number.POSITIVE_INFINITY, { mode: 'block', start: token.start });
    else if (text === ',') this.commas();
    else if (text === 'where') this.whereDepth = this.brackets.length;
    else if (ENDS_WHERE.has(text)) this.whereDepth = -1;
    if (CLAUSE_KEYWORDS.has(text)) this.whereDepth = -1;
    if (this.whereDepth > this.brackets.length) this.whereDepth = -1;
    this.beforePrevious = this.previous;
    this.previous = token;
  }

  private opened(text: string, token: Token): Bracket {
    const outer = this.brackets.at(-1);
    const call = this.previous?.kind === 'keyword' ? this.previous.text : '';
    if (text === '{') return { mode: this.isBlock() ? 'block' : 'expression', start: token.start };
    if (text === '(' && (call === 'by' || call === 'select' || VALUE_FUNCTIONS.has(call) || this.isCall()))
      return { mode: 'expression', start: token.start };
    if (text === '(' && call === 'count') return { mode: 'other', start: token.start };
    if (text === '(' && AGGREGATES.has(call)) return { mode: 'aggregate', start: token.start };
    const inner = outer?.mode === 'expression' || this.whereDepth >= 0 ? 'expression' : 'other';
    return { mode: inner, start: token.start };
  }

  /** Whether a `(` behind a name holds what a pattern is given; in the head of a `let` it holds parameters. */
  private isCall(): boolean {
    const before = this.previous;
    return before?.kind === 'name' && isCallable(before.text) && this.beforePrevious?.text !== 'let';
  }

  /** Whether a `{` opens the body of a rule, a test or a span in a test, and not a filter. */
  private isBlock(): boolean {
    const previous = this.previous;
    if (previous === undefined) return false;
    if (this.brackets.length === 0) {
      const before = this.beforePrevious?.text;
      return before !== undefined && BEFORE_BODIES.has(before);
    }
    // In a test: after the times of a span, its attributes, or the strings of an event or link.
    if (previous.text === '}' && this.closed?.mode === 'block') return true;
    return previous.kind === 'duration' || previous.kind === 'int' || previous.kind === 'string';
  }

  private commas(): void {
    const bracket = this.brackets.at(-1);
    if (bracket?.mode === 'aggregate')
      this.brackets[this.brackets.length - 1] = { ...bracket, mode: 'expression' };
  }

  private inExpression(start: number): boolean {
    const bracket = this.brackets.at(-1);
    if (bracket === undefined) return this.whereDepth === 0;
    if (bracket.mode === 'expression') return true;
    if (bracket.mode === 'aggregate') return !this.hasComma(bracket, start);
    return this.whereDepth === this.brackets.length;
  }

  /** `sum(error-spans, …)` has a pattern first, `sum(duration-1s)` an expression: the comma tells. */
  private hasComma(bracket: Bracket, start: number): boolean {
    if (bracket.comma !== undefined) return bracket.comma;
    let depth = 0;
    let found = false;
    const tokens = new RegExp(SKIMMED, 'gu');
    tokens.lastIndex = start;
    for (let count = 0; count < LOOKAHEAD && depth >= 0 && !found; count++) {
      const match = tokens.exec(this.text)?.[0];
      if (match === undefined) break;
      if (match === '(' || match === '{') depth++;
      else if (match === ')' || match === '}') depth--;
      else if (match === ',' && depth === 0) found = true;
    }
    bracket.comma = found;
    return found;
  }
}

interface Bracket {
  readonly mode: 'block' | 'expression' | 'aggregate' | 'other';
  readonly start: number;
  comma?: boolean;
}

/** Brackets and commas, and all that may hold some without meaning them: attributes, strings, comments. */
const SKIMMED = `\\.(?:${QUOTED_PART}|${NAME_RUNE})+|"(?:\\\\[\\s\\S]|[^"\\\\])*"|\`[^\`]*\`|//[^\\n]*|/\\*[\\s\\S]*?\\*/|[(){},]`;
const LOOKAHEAD = 2000;
/** What is two words before the `{` of a body: `rule id {`, `test "t" of id at @2026-01-01 from "file" {`. */
const BEFORE_BODIES: ReadonlySet<string> = new Set(['rule', 'of', 'at', 'from']);
const AGGREGATES: ReadonlySet<string> = new Set(keywordsFor('aggregate', 'clause aggregate'));
const VALUE_FUNCTIONS: ReadonlySet<string> = new Set(keywordsFor('value function'));
/** What cannot be in the expression after a `where`. `starts` can, as half of `starts with`. */
const ENDS_WHERE: ReadonlySet<string> = new Set(
  keywordsFor('binding', 'joint', 'relation', 'bound', 'sequence', 'clause', 'item').filter(
    (word) => word !== 'starts',
  ),
);
