import type { NamedValue, ResultValue } from '../../../engine/otlp/named-value.js';
import { printable } from '../../shared/printable.js';

/** A value for people: texts as they are where they read well, else quoted; `nil` where there is none. Printable. */
export function valueText(value: ResultValue): string {
  if (value === null) return 'nil';
  if (typeof value === 'string') return printable(PLAIN.test(value) ? value : JSON.stringify(value));
  if (typeof value !== 'object') return String(value);
  return `[${value.map((item) => valueText(item)).join(', ')}]`;
}

/** A text that can be distinguished from its neighbours without quotes. */
const PLAIN = /^[^\s"'=,[\]]+(?: [^\s"'=,[\]]+)*$/u;

/** `amount=114.11`, or with several values `amount=114.11,79.64`. Printable. */
export function namedText(name: string, values: readonly ResultValue[]): string {
  const shown = values.slice(0, VALUES_SHOWN).map(valueText);
  return `${printable(name)}=${shown.join(',')}${values.length > VALUES_SHOWN ? ',…' : ''}`;
}

const VALUES_SHOWN = 3;

/** Names in order of appearance, each with its distinct values. */
export function collected(values: readonly NamedValue[]): ReadonlyMap<string, readonly ResultValue[]> {
  const byName = new Map<string, Map<string, ResultValue>>();
  for (const { name, value } of values) {
    const known = byName.get(name) ?? new Map<string, ResultValue>();
    byName.set(name, known.set(valueText(value), value));
  }
  return new Map([...byName].map(([name, known]) => [name, [...known.values()]]));
}
