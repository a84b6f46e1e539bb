import { lex } from '../../engine/language/text/lexer.js';
import type { Token } from '../../engine/language/text/tokens.js';
import type { Range } from '../../engine/language/tree/ast.js';
import { settingNamed } from '../../engine/language/words/settings.js';
import { keywordsFor } from '../../engine/language/words/words.js';
import type { Analysis } from '../workspace/analysis.js';

/** The order is the legend of the protocol. Names are the standard ones where there is one, so that every theme has colours. */
export const TOKEN_TYPES = [
  'keyword',
  'variable',
  'parameter',
  'property',
  'function',
  'string',
  'number',
  'operator',
  'comment',
  'enumMember',
  'class',
] as const;
export type TokenType = (typeof TOKEN_TYPES)[number];
export const TOKEN_MODIFIERS = ['declaration', 'readonly'] as const;

export interface SemanticToken extends Range {
  readonly type: TokenType;
  readonly declaration: boolean;
}

/** What every token of a text means. Tokens are in order and do not overlap. */
export function semanticTokens(analysis: Analysis, path: string, text: string): readonly SemanticToken[] {
  const { tokens, comments } = lex(text);
  const occurrences = new Map(
    analysis.occurrencesIn(path).map((occurrence) => [occurrence.range.start, occurrence]),
  );
  const found: SemanticToken[] = comments.map(({ range }) => ({
    ...range,
    type: 'comment',
    declaration: false,
  }));
  for (const [n, token] of tokens.entries()) {
    const { start, end } = token;
    const occurrence = occurrences.get(start);
    if (occurrence !== undefined && occurrence.symbol.kind !== 'unknown') {
      const type =
        occurrence.symbol.kind === 'rule'
          ? 'class'
          : occurrence.symbol.kind === 'let'
            ? 'variable'
            : 'parameter';
      found.push({ ...occurrence.range, type, declaration: occurrence.role === 'definition' });
      // The rest of `c.span.amount`, without the dot.
      if (occurrence.range.end + 1 < end)
        found.push({ start: occurrence.range.end + 1, end, type: 'property', declaration: false });
      continue;
    }
    const type = isContextualKeyword(token, tokens[n - 1], tokens[n + 1])
      ? 'keyword'
      : typeOf(token, tokens[n + 1]);
    if (type !== undefined) found.push({ start, end, type, declaration: false });
  }
  return found.sort((a, b) => a.start - b.start);
}

/** Words of rules over many traces that elsewhere are names: `over 5m every 1m`, `/ on (…)`, `/ ignoring (…)`. */
function isContextualKeyword(
  { kind, text }: Token,
  before: Token | undefined,
  next: Token | undefined,
): boolean {
  if (kind !== 'name') return false;
  if (text === 'every') return before?.kind === 'duration';
  return (text === 'on' || text === 'ignoring') && before?.kind === 'op' && next?.text === '(';
}

function typeOf({ kind, text }: Token, next: Token | undefined): TokenType | undefined {
  switch (kind) {
    case 'keyword':
      return next?.text === '(' && FUNCTIONS.has(text) ? 'function' : 'keyword';
    case 'name':
      if (next?.text === '(') return 'function';
      return next?.text === '=' && settingNamed(text) !== undefined ? 'property' : undefined;
    case 'constant':
      return 'enumMember';
    case 'intrinsic':
    case 'scoped':
    case 'field':
    case 'bound':
      return 'property';
    case 'string':
      return 'string';
    case 'int':
    case 'float':
    case 'duration':
    case 'time':
      return 'number';
    case 'parameter':
      return 'parameter';
    case 'called':
      return 'function';
    case 'op':
      return /^[{}()[\],]$/u.test(text) ? undefined : 'operator';
    case 'bad':
      return undefined;
  }
}

const FUNCTIONS: ReadonlySet<string> = new Set(
  keywordsFor('stage', 'count', 'aggregate', 'clause aggregate', 'value function'),
);
