import type { Terminal } from '../grammar/grammar-builder.js';
import * as t from '../grammar/grammar-terminals.js';
import { type Diagnostic, guesses, replaceFix } from '../problems/diagnostic.js';
import { suggest } from '../problems/spelling.js';
import { syntaxError } from '../problems/syntax-diagnostic.js';
import { isWord, type Token, wordKind } from '../text/tokens.js';
import { INTRINSICS } from '../tree/intrinsics.js';
import { KIND_NAMES, STATUS_NAMES } from '../tree/kinds.js';

/** A token to read in the place of the one that was found, and what to say about it. */
export interface Substitute {
  readonly token: Token;
  readonly diagnostic: Diagnostic;
}

/** Operators that other languages, or other places of this one, spell differently. Both sides of a row are tried. */
const OPERATORS: Readonly<Record<string, readonly string[]>> = {
  '==': ['='],
  '=>': ['>='],
  '~=': ['=~'],
  ':': ['='],
  '&': ['&&', 'and'],
  '|': ['||', 'or'],
  '<>': ['!='],
  '**': ['^'],
  '&&': ['and'],
  '||': ['or'],
  '!': ['not'],
  '=': ['=~'],
  and: ['&&'],
  or: ['||'],
  not: ['!'],
  ',': ['&&'],
  null: ['nil'],
  none: ['nil'],
  undefined: ['nil'],
};

const INTRINSIC_WORDS: readonly string[] = INTRINSICS.flatMap(({ words }) => words);
const CONSTANTS: readonly string[] = ['true', 'false', 'nil', ...STATUS_NAMES, ...KIND_NAMES];

/** What may have been meant by a token that does not fit, likeliest first. */
export function* substitutes(
  token: Token,
  previous: Token | undefined,
  expected: readonly Terminal[],
): Generator<Substitute> {
  const inFilter = expected.includes(t.FIELD);
  const word = token.text.toLowerCase();
  const operators = token.kind === 'op' || isWord(token) ? OPERATORS[word] : undefined;
  if (isWord(token) && word !== token.text) yield misspelt(token, word);
  for (const text of operators ?? []) yield operator(token, text);
  if (!isWord(token)) return;
  const afterOperator = previous?.kind === 'op' && t.COMPARISON.test(previous);
  const intrinsic = INTRINSICS_ELSEWHERE.get(word);
  if (intrinsic !== undefined && inFilter && !afterOperator) {
    const message = `\`${token.text}\` is not a field; what is meant is likely \`${intrinsic}\``;
    yield {
      token: { ...token, kind: wordKind(intrinsic), text: intrinsic },
      diagnostic: syntaxError('BT1013', token, message, [replaceFix(`Write ${intrinsic}`, token, intrinsic)]),
    };
  }
  const meant = suggest(token.text, expectedWords(expected));
  if (meant !== undefined) yield misspelt(token, meant);
  if (token.kind !== 'name' || !inFilter) return;
  if (afterOperator) {
    const constant = sdkConstant(word);
    if (constant !== undefined) yield operator(token, constant);
    const quoted = `"${token.text}"`;
    yield {
      token: { ...token, kind: 'string', text: quoted },
      diagnostic: syntaxError(
        'BT1001',
        token,
        `expected a value, found the word \`${token.text}\`; a string is in double quotes`,
        [replaceFix(`Write ${quoted}`, token, quoted)],
      ),
    };
    return;
  }
  if (SERVICE_WORDS.has(word)) {
    const text = 'resource.service.name';
    const message = `\`${token.text}\` is not a field; the service of a span is \`${text}\``;
    yield {
      token: { ...token, kind: 'field', text },
      diagnostic: syntaxError('BT1013', token, message, [replaceFix(`Write ${text}`, token, text)]),
    };
    return;
  }
  yield {
    token: { ...token, kind: 'field', text: `.${token.text}` },
    diagnostic: syntaxError(
      'BT1013',
      token,
      `\`${token.text}\` is not a field; an attribute has a scope: \`span.${token.text}\`, \`resource.${token.text}\``,
      guesses(
        ['span.', 'resource.'].map((scope) =>
          replaceFix(`Write ${scope}${token.text}`, token, `${scope}${token.text}`),
        ),
      ),
    ),
  };
}

/** `STATUS_CODE_ERROR`, `SPAN_KIND_SERVER`, as SDKs call statuses and kinds. */
function sdkConstant(word: string): string | undefined {
  const [, name = ''] = /^(?:span_kind|status_code|spankind|statuscode)[._]?(\w+)$/u.exec(word) ?? [];
  return [...STATUS_NAMES, ...KIND_NAMES].find((known) => known === name);
}

/** What intrinsics of a span are called elsewhere. */
const INTRINSICS_ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ...['operation', 'operationname', 'operation_name', 'spanname', 'span_name', 'op'].map(
    (word) => [word, 'name'] as const,
  ),
  ...['latency', 'elapsed', 'took', 'elapsed_time', 'response_time'].map(
    (word) => [word, 'duration'] as const,
  ),
  ...['spankind', 'span_kind'].map((word) => [word, 'kind'] as const),
]);

/** What people call the service of a span. */
const SERVICE_WORDS: ReadonlySet<string> = new Set(['service', 'service_name', 'servicename', 'svc', 'app']);

function operator(token: Token, text: string): Substitute {
  const isWordText = /^\w/u.test(text);
  const place =
    text === 'and' || text === 'or' || text === 'not'
      ? ' between tests; `&&`, `||` join patterns, and `!` is for filters'
      : text === '&&' || text === '||' || text === '!'
        ? ' here; `and`, `or`, `not` join the tests of a clause'
        : '';
  return {
    token: { ...token, kind: isWordText ? wordKind(text) : 'op', text },
    diagnostic: syntaxError('BT1011', token, `\`${token.text}\` is written \`${text}\`${place}`, [
      replaceFix(`Write ${text}`, token, text),
    ]),
  };
}

function misspelt(token: Token, meant: string): Substitute {
  return {
    token: { ...token, kind: wordKind(meant), text: meant },
    diagnostic: syntaxError(
      'BT1012',
      token,
      `\`${token.text}\` is not known here: did you mean \`${meant}\`?`,
      [replaceFix(`Write ${meant}`, token, meant)],
    ),
  };
}

function expectedWords(expected: readonly Terminal[]): readonly string[] {
  const words = expected
    .flatMap(({ text, texts }) => texts ?? (text === undefined ? [] : [text]))
    .filter((text) => /^[a-z]/u.test(text));
  return expected.includes(t.FIELD) ? [...words, ...INTRINSIC_WORDS, ...CONSTANTS] : words;
}
