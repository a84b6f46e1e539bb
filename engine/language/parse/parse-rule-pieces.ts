import { SETTING_NAME } from '../grammar/grammar-terminals.js';
import { type Diagnostic, replaceFix } from '../problems/diagnostic.js';
import { suggest } from '../problems/spelling.js';
import { syntaxError } from '../problems/syntax-diagnostic.js';
import { Brackets } from '../text/brackets.js';
import type { Token } from '../text/tokens.js';
import { CLAUSE_KEYWORDS, keywordsFor } from '../words/words.js';
import { withClauseWords } from './habits/clause-words.js';

/** One piece of a rule, to be parsed by itself. */
export interface RulePiece {
  readonly kind: 'head' | 'setting' | 'clause' | 'unknown';
  readonly tokens: Token[];
}

export interface RuleText {
  readonly pieces: readonly RulePiece[];
  /** Whether the body has its opening brace. */
  readonly isOpened: boolean;
  readonly close: Token | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** Whether a rule is about many traces: `over` is among its settings. */
export function isWindowRule(pieces: readonly RulePiece[]): boolean {
  return pieces.some(({ kind, tokens }) => kind === 'setting' && tokens[0]?.text === 'over');
}

/**
 * Takes the tokens of a rule apart at its settings and clauses. No expression can hold `when`, `always` or `never`, so
 * each starts a clause whatever brackets are open: a lost `}` costs one clause and not the rest.
 */
export function ruleText(tokens: readonly Token[]): RuleText {
  const end = tokens.findIndex(
    (token, index) =>
      (token.text === '{' && token.kind === 'op') || (index >= 2 && startsBody(token, tokens[index + 1])),
  );
  if (end < 0 || end > LONGEST_HEAD) return bodyText(tokens, Math.min(tokens.length, 2), false);
  const isOpened = tokens[end]?.text === '{';
  return bodyText(tokens, isOpened ? end + 1 : end, isOpened);
}

/** What is between a keyword and its brace is a slip of a few tokens, or the brace belongs to something else. */
const LONGEST_HEAD = 6;

/** Whether a token can only be the start of a clause or setting. */
function startsBody(token: Token, next: Token | undefined): boolean {
  if (token.kind === 'keyword' && CLAUSE_KEYWORDS.has(token.text)) return true;
  return SETTING_NAME.test(token) && next?.kind === 'op' && next.text === '=';
}

/** The same for a body without a head: a rule in the place of a query. Its first piece is an empty head. */
export function bareBody(tokens: readonly Token[]): RuleText {
  return bodyText(tokens, 0, false);
}

function bodyText(written: readonly Token[], headEnd: number, hasBrace: boolean): RuleText {
  const { tokens, found } = withClauseWords(written, headEnd);
  const diagnostics: Diagnostic[] = [...found];
  const pieces: RulePiece[] = [{ kind: 'head', tokens: tokens.slice(0, headEnd) }];
  const brackets = new Brackets();
  let close: Token | undefined;
  let inClauses = false;
  for (let index = headEnd; index < tokens.length; index++) {
    const token = tokens[index] as Token;
    const next = tokens[index + 1];
    const previous = index === headEnd ? undefined : tokens[index - 1];
    const start = pieceStart(
      { token, next, afterNext: tokens[index + 2], previous },
      { depth: brackets.depth, inClauses },
      diagnostics,
    );
    if (start !== undefined) {
      if (close !== undefined && hasBrace) diagnostics.push(extraBrace(close));
      close = undefined;
      brackets.reset();
      inClauses ||= start.kind === 'clause';
      pieces.push({ kind: start.kind, tokens: [start.token] });
      continue;
    }
    if (!brackets.push(token) && token.text === '}') {
      if (close !== undefined) diagnostics.push(extraBrace(close));
      close = token;
      continue;
    }
    const piece = pieces.at(-1) as RulePiece;
    if (close !== undefined || (piece.kind === 'head' && index >= headEnd)) {
      if (close !== undefined) diagnostics.push(extraBrace(close));
      close = undefined;
      pieces.push({ kind: 'unknown', tokens: [token] });
    } else piece.tokens.push(token);
  }
  return { pieces, isOpened: hasBrace, close, diagnostics };
}

function extraBrace(close: Token): Diagnostic {
  return syntaxError('BT1015', close, '`}` closes nothing: the rule continues behind it', [
    replaceFix('Remove }', close, ''),
  ]);
}

/** Words behind which a clause cannot end. */
const OPEN_END: ReadonlySet<string> = new Set(
  keywordsFor('clause', 'joint', 'prefix', 'narrowing', 'binding', 'filter', 'relation', 'bound', 'sequence'),
);

/** Of settings whose names have two. */
const SECOND_WORDS: ReadonlyMap<string, string> = new Map([
  ['closes', 'after'],
  ['on', 'partial'],
]);

interface TokenInContext {
  readonly token: Token;
  readonly next: Token | undefined;
  readonly afterNext: Token | undefined;
  readonly previous: Token | undefined;
}

function pieceStart(
  { token, next, afterNext, previous }: TokenInContext,
  { depth, inClauses }: { readonly depth: number; readonly inClauses: boolean },
  diagnostics: Diagnostic[],
): { readonly kind: 'setting' | 'clause'; readonly token: Token } | undefined {
  if (token.kind === 'keyword' && CLAUSE_KEYWORDS.has(token.text)) return { kind: 'clause', token };
  if (depth > 0 || token.kind === 'bad') return undefined;
  const open =
    previous !== undefined &&
    (previous.kind === 'op'
      ? !/^[})\]]$/u.test(previous.text)
      : (previous.kind === 'keyword' && OPEN_END.has(previous.text)) ||
        (previous.text === 'with' && token.text === 'maxspan'));
  if (open) return undefined;
  const second = SECOND_WORDS.get(token.text);
  if (second !== undefined && (next === undefined ? !inClauses : next.text === second))
    return { kind: 'setting', token };
  if (token.text === 'over' && !inClauses) return { kind: 'setting', token };
  if (token.text === 'across' && token.kind === 'name' && next?.text !== '=' && next?.text !== ':')
    return { kind: 'setting', token };
  const isName = inClauses ? token.kind === 'name' : SETTING_NAME.test(token);
  if (isName && next?.kind === 'op' && (next.text === '=' || next.text === ':'))
    return { kind: 'setting', token };
  if (token.kind !== 'name') return undefined;
  const meant = suggest(token.text, CLAUSE_KEYWORDS);
  const startsPattern =
    next !== undefined &&
    (next.text === '{' ||
      next.text === '(' ||
      next.kind === 'name' ||
      next.text === 'exists' ||
      next.text === 'not');
  if (meant !== undefined && startsPattern && afterNext?.text !== '=') {
    diagnostics.push(
      syntaxError('BT1012', token, `\`${token.text}\` is not known here: did you mean \`${meant}\`?`, [
        replaceFix(`Write ${meant}`, token, meant),
      ]),
    );
    return { kind: 'clause', token: { ...token, kind: 'keyword', text: meant } };
  }
  // `severity high`: a setting whose `=` is missing.
  const first = previous === undefined || previous.text === '{';
  return first && !inClauses ? { kind: 'setting', token } : undefined;
}
