import { fieldOf } from '../../grammar/grammar-nodes.js';
import { printField } from '../../print/print-field.js';
import { escaped } from '../../text/regex-text.js';
import type { Token } from '../../text/tokens.js';
import { quoteString, stringValue } from '../../tree/literals.js';

/** What a comparison of another language requires of a text. */
export type TextComparison =
  | 'contains'
  | 'starts with'
  | 'ends with'
  | 'contains in any case'
  | 'regular expression'
  | 'like'
  | 'like in any case'
  | 'wildcard'
  | 'equals';

/** How text is compared elsewhere: in lower case, without `_`. */
const WORDS: ReadonlyMap<string, TextComparison> = new Map([
  ...words('contains', 'contains contain has includes include stringcontains strcontains'),
  ...words('starts with', 'startswith beginswith hasprefix'),
  ...words('ends with', 'endswith hassuffix'),
  ...words('contains in any case', 'icontains containsignorecase'),
  ...words('regular expression', 'matches match regex regexp rlike regexmatch matchesregex re2match'),
  ...words('like', 'like'),
  ...words('like in any case', 'ilike'),
  ...words('wildcard', 'wildcard glob'),
  ...words('equals', 'equals eq'),
]);

function words(meaning: TextComparison, list: string): readonly (readonly [string, TextComparison])[] {
  return list.split(' ').map((word) => [word, meaning] as const);
}

export function textComparison(word: string): TextComparison | undefined {
  return WORDS.get(word);
}

/**
 * How a filter says it; undefined where only a string could be compared so.
 *
 * @param operand a field or a call, as written
 */
export function comparisonText(
  comparison: TextComparison,
  operand: string,
  value: readonly Token[],
  negated: boolean,
): string | undefined {
  const [token] = value;
  const text = token?.kind === 'string' && value.length === 1 ? stringOf(token) : undefined;
  const written = value.map((token) => token.text).join('');
  const not = (comparisonWritten: string): string =>
    negated ? `!(${comparisonWritten})` : comparisonWritten;
  switch (comparison) {
    case 'equals':
      return `${operand} ${negated ? '!=' : '='} ${written}`;
    case 'contains':
    case 'starts with':
      return not(`${operand} ${comparison} ${written}`);
    case 'regular expression':
      return text === undefined ? undefined : `${operand} ${negated ? '!~' : '=~'} ${written}`;
    case 'ends with':
      return text === undefined ? undefined : regex(operand, `.*${escaped(text)}`, negated);
    case 'contains in any case':
      return text === undefined
        ? undefined
        : not(`lower(${operand}) contains ${quoteString(text.toLowerCase())}`);
    case 'like':
      return text === undefined ? undefined : likeText(operand, text, negated);
    case 'like in any case':
      return text === undefined ? undefined : likeText(`lower(${operand})`, text.toLowerCase(), negated);
    case 'wildcard':
      return text === undefined
        ? undefined
        : likeText(operand, text.replaceAll('*', '%').replaceAll('?', '_'), negated);
  }
}

function regex(operand: string, expression: string, negated: boolean): string {
  return `${operand} ${negated ? '!~' : '=~'} ${quoteString(expression)}`;
}

/** SQL's `LIKE`, whose `%` is any text and whose `_` is any character. */
function likeText(operand: string, pattern: string, negated: boolean): string {
  const inner = pattern.replace(/^%+|%+$/gu, '');
  const [before, behind] = [pattern.startsWith('%'), pattern.endsWith('%')];
  const not = (comparison: string): string => (negated ? `!(${comparison})` : comparison);
  if (!/[%_]/u.test(pattern)) return `${operand} ${negated ? '!=' : '='} ${quoteString(pattern)}`;
  if (!/[%_]/u.test(inner) && behind)
    return not(`${operand} ${before ? 'contains' : 'starts with'} ${quoteString(inner)}`);
  const expression = [...pattern].map((char) => (char === '%' ? '.*' : char === '_' ? '.' : escaped(char)));
  return regex(operand, expression.join(''), negated);
}

/** The value of a string, also of one in the quotes of another language. */
function stringOf({ text }: Token): string {
  return /^["`]/u.test(text) ? stringValue(text).value : text.slice(1, -1);
}

/** `c.span.a` as a pattern and the test of it: `c where span.a`. */
export function narrowed(field: Token): { readonly pattern: string; readonly own: string } | undefined {
  const { bound, ...own } = fieldOf(field);
  return bound === undefined ? undefined : { pattern: bound.text, own: printField(own) };
}
