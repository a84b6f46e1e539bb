import { parseQuery } from '../../../engine/language/parse/parse-query.js';
import { printField } from '../../../engine/language/print/print-field.js';
import { lex } from '../../../engine/language/text/lexer.js';
import type { Token } from '../../../engine/language/text/tokens.js';
import type { Field } from '../../../engine/language/tree/ast.js';
import type { ValueQuestion } from '../../catalogue/narrowed-values.js';
import { comparedField } from './field-context.js';
import type { CompletionPlace } from './place.js';

/**
 * What to query stored traces for where a value of a field is written: the field, and what else the filter requires of the span, so
 * far as that is joined by `&&` and can be asked by itself. Undefined where no value is written, and for fields of other spans.
 */
export function valueQuestion({
  text,
  offset,
  typed,
  replace,
}: CompletionPlace): (ValueQuestion & { readonly read: Field }) | undefined {
  const field = comparedField(text, replace.start);
  if (field === undefined || field.bound !== undefined || field.hop !== 'self') return undefined;
  if (field.kind === 'intrinsic' && !NAMES.has(field.name)) return undefined;
  const prefix = /^["`]/u.test(typed) ? text.slice(replace.start + 1, offset) : '';
  return { read: field, field: printField(field), filter: restOf(text, replace, field.range.start), prefix };
}

/** Intrinsics of which there are few enough values to ask for. */
const NAMES: ReadonlySet<string> = new Set(['span:name', 'trace:rootName', 'trace:rootService']);

/** The other parts of the filter around a comparison. */
function restOf(text: string, { end }: { readonly end: number }, fieldStart: number): string {
  const before = lex(text.slice(0, fieldStart)).tokens;
  const open = before.findLastIndex(({ kind, text }) => kind === 'op' && (text === '{' || text === '}'));
  if (before[open]?.text !== '{') return '';
  const line = text.slice(end).split('}')[0] ?? '';
  const parts = [...partsOf(before.slice(open + 1)), ...partsOf(lex(line).tokens)].filter(
    (part) => part !== '' && parseQuery(`{ ${part} }`).diagnostics.length === 0,
  );
  return parts.join(' && ');
}

/** What `&&` joins; nothing where anything else is there that could join. */
function partsOf(tokens: readonly Token[]): readonly string[] {
  if (tokens.some(({ kind, text }) => kind === 'op' && (text === '||' || text === '('))) return [];
  const parts: Token[][] = [[]];
  for (const token of tokens) {
    if (token.text === '&&') parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts
    .filter((part) => !part.some(({ kind }) => kind === 'bound' || kind === 'parameter' || kind === 'bad'))
    .map((part) => part.map(({ text }) => text).join(' '));
}
