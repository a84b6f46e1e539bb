import { printField } from '../../../engine/language/print/print-field.js';
import type { Field, Range } from '../../../engine/language/tree/ast.js';
import { intrinsicInfo } from '../../../engine/language/tree/intrinsics.js';
import { KIND_WORDS, STATUS_WORDS } from '../../../engine/language/words/words.js';
import { findAttribute, type TraceCatalogue, type ValueCount } from '../../catalogue/catalogue.js';
import { WORD_DOCS } from '../../docs/word-docs.js';
import { type CompletionEntry, RANK } from './entry.js';

interface KnownValues {
  readonly values: readonly ValueCount[];
  /** How a value is written: as a string, or as it is. */
  readonly quoted: boolean;
  readonly total: number;
}

/** Values that real spans have in the field, spelled so that they fit where they go: in quotes, or between given ones. */
export function valueEntries(
  field: Field,
  replace: Range,
  catalogue: TraceCatalogue,
  quote?: '"' | '`',
): readonly CompletionEntry[] {
  const words = wordsOf(field);
  if (words !== undefined) return quote !== undefined ? [] : wordEntries(words, replace);
  const known = valuesOf(field, catalogue);
  if (known === undefined) return [];
  const { values, quoted, total } = known;
  if (quote !== undefined && !quoted) return [];
  return values.map(({ text, count }, n) => ({
    label: quoted ? written(text, quote ?? '"') : text,
    kind: 'value',
    detail: [
      count === undefined || total === 0 ? '' : `${((100 * count) / total).toFixed(0)} %`,
      `of ${printField(field)}`,
    ]
      .join(' ')
      .trim(),
    replace,
    rank: RANK.exact + n / 1000,
  }));
}

/** Span names, as strings. */
export function textEntries(
  values: readonly ValueCount[],
  what: string,
  replace: Range,
  quote: '"' | '`' = '"',
): readonly CompletionEntry[] {
  return values.map(({ text }, n) => ({
    label: written(text, quote),
    kind: 'value',
    detail: what,
    replace,
    rank: RANK.exact + n / 1000,
  }));
}

function written(text: string, quote: '"' | '`'): string {
  return quote === '`' && !text.includes('`') ? `\`${text}\`` : JSON.stringify(text);
}

function wordsOf(field: Field): readonly string[] | undefined {
  if (field.kind !== 'intrinsic') return undefined;
  const { type } = intrinsicInfo(field.name);
  if (type === 'status') return [...STATUS_WORDS];
  return type === 'kind' ? [...KIND_WORDS] : undefined;
}

function wordEntries(words: readonly string[], replace: Range): readonly CompletionEntry[] {
  return words.map((label) => ({
    label,
    kind: 'value',
    documentation: WORD_DOCS.get(label)?.meaning ?? '',
    replace,
    rank: RANK.exact,
  }));
}

function valuesOf(field: Field, catalogue: TraceCatalogue): KnownValues | undefined {
  if (field.kind === 'intrinsic') {
    if (field.name === 'span:name' || field.name === 'trace:rootName')
      return { values: catalogue.spanNames, quoted: true, total: catalogue.spans };
    if (field.name === 'trace:rootService')
      return { values: catalogue.services, quoted: true, total: catalogue.spans };
    return undefined;
  }
  const attribute = findAttribute(catalogue, field.scope, field.key);
  if (attribute === undefined) return undefined;
  return { values: attribute.values, quoted: attribute.types[0] === 'string', total: attribute.count };
}
