import type { KnownAttribute, TraceCatalogue, ValueCount } from '../catalogue/catalogue.js';
import { inlineCode } from './markdown.js';

const TYPE_NAMES = { string: 'string', int: 'int', float: 'float', bool: 'bool' } as const;

/** `int · 12 % of spans`, shown next to the name. */
export function attributeDetail(attribute: KnownAttribute, catalogue: TraceCatalogue): string {
  const types = attribute.types.map((type) => TYPE_NAMES[type]).join(' | ');
  return [types, shareText(attribute, catalogue)].filter((part) => part !== '').join(' · ');
}

/** Type, share and top values as Markdown. */
export function attributeMarkdown(attribute: KnownAttribute, catalogue: TraceCatalogue): string {
  const head = `${inlineCode(`${attribute.scope}.${attribute.key}`)}: ${attributeDetail(attribute, catalogue)}`;
  const values = valuesMarkdown(attribute.values, attribute.count);
  return values === '' ? head : `${head}\n\n${values}`;
}

const MOST_VALUES = 8;

/** A list of frequent values with their share of `total`. */
export function valuesMarkdown(values: readonly ValueCount[], total: number): string {
  if (values.length === 0) return '';
  const lines = values.slice(0, MOST_VALUES).map(({ text, count }) => {
    const share = count === undefined || total === 0 ? '' : ` ${percent(count / total)}`;
    return `- ${text === '' ? '(empty)' : inlineCode(text)}${share}`;
  });
  return ['Frequent values:', ...lines].join('\n');
}

function shareText({ scope, count }: KnownAttribute, { spans }: TraceCatalogue): string {
  if (scope === 'event' || scope === 'link') return `${count} ${scope}s`;
  return spans === 0 ? '' : `${percent(count / spans)} of spans`;
}

/** `4.9 %` of a share from 0 to 1. */
export function percent(share: number): string {
  const value = Math.min(share, 1) * 100;
  if (value === 0) return '0 %';
  if (value < 0.1) return '< 0.1 %';
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} %`;
}
