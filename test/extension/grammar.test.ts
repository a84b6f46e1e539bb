import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { lex } from '../../engine/language/text/lexer.js';
import { type TokenKind, wordKind } from '../../engine/language/text/tokens.js';
import { INTRINSICS } from '../../engine/language/tree/intrinsics.js';
import { CONSTANT_WORDS, KEYWORDS } from '../../engine/language/words/words.js';
import { scopesOf } from './tm-grammar.js';

const rules = new URL('../../queries/', import.meta.url);
const reference = readFileSync(new URL('../../engine/language/README.md', import.meta.url), 'utf8');
const texts = [
  ...readdirSync(rules, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.betrace'))
    .map((name) => [name, readFileSync(new URL(name, rules), 'utf8')] as const),
  ...[...reference.matchAll(/^```(?:betrace|traceql)\n([\s\S]*?)^```/gm)].map(
    ([, text], n) => [`example ${n + 1} of the reference`, text ?? ''] as const,
  ),
];

/** What the lexer makes; the parser tells more apart. */
type TextKind = Exclude<TokenKind, 'bad' | 'parameter' | 'called'>;

/** What a token may be coloured as. */
const SCOPES: Readonly<Record<TextKind, RegExp>> = {
  name: /^(?:variable\.other\.betrace|entity\.name|keyword\.other\.contextual)/,
  keyword: /^(?:keyword|support\.type\.scope)/,
  constant: /^constant\.language/,
  intrinsic: /^support\.variable/,
  scoped: /^variable\.language/,
  field: /^variable\.other\.property/,
  bound: /^variable\.other\.property/,
  string: /^string/,
  int: /^constant\.numeric/,
  float: /^constant\.numeric/,
  duration: /^constant\.numeric/,
  time: /^constant\.numeric/,
  op: /^(?:keyword\.operator|punctuation)/,
};

describe('the TextMate grammar', () => {
  it.each(texts)('cuts %s into the tokens of the lexer', (_, text) => {
    const scopes = new Map(scopesOf(text).map((scoped) => [scoped.start, scoped]));
    const wrong = lex(text).tokens.flatMap((token) => {
      const scoped = scopes.get(token.start);
      if (token.kind === 'bad' || token.kind === 'parameter' || token.kind === 'called') return [];
      const right = scoped?.end === token.end && SCOPES[token.kind].test(scoped.scope);
      return right ? [] : [{ token: token.text, kind: token.kind, scope: scoped?.scope }];
    });
    expect(wrong).toEqual([]);
  });

  const intrinsicWords = INTRINSICS.flatMap(({ name, words }) => [name, ...words]).filter(
    (word) => !word.includes(':'),
  );
  it.each([...KEYWORDS, ...CONSTANT_WORDS, ...intrinsicWords])('colours %s as the lexer has it', (word) => {
    const kind = wordKind(word) as TextKind;
    expect(kind).not.toBe('name');
    expect(scopesOf(` ${word} `)[0]?.scope).toMatch(SCOPES[kind]);
  });

  it('colours the words of rules over many traces where they are words, and nowhere else', () => {
    const scopeOf = (text: string, word: string): string | undefined =>
      scopesOf(text).find(({ start }) => start === text.indexOf(word))?.scope;
    const contextual = 'keyword.other.contextual.betrace';
    expect(scopeOf('over 5m every 1m', 'every')).toBe(contextual);
    expect(scopeOf('({ } | rate()) / on (span.a) ({ } | rate())', 'on')).toBe(contextual);
    expect(scopeOf('({ } | rate()) / ignoring(span.a) ({ } | rate())', 'ignoring')).toBe(contextual);
    for (const word of ['every', 'on', 'ignoring'])
      expect(scopeOf(`always ${word} before b`, word)).toBe('variable.other.betrace');
  });
});
