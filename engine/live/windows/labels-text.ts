import type { NamedValue, ResultValue } from '../../otlp/named-value.js';

/** What a value is written as: JSON has neither whole numbers of 64 bits nor numbers that are none. */
type Written = string | boolean | null | { readonly i: string } | { readonly d: string } | readonly Written[];

/** The labels of a series as one text, which is the same for the same labels in the same order. */
export function labelsText(labels: readonly NamedValue[]): string {
  return JSON.stringify(labels.map(({ name, value }) => [name, written(value)]));
}

/** Of what `labelsText` wrote. */
export function labelsIn(text: string): readonly NamedValue[] {
  const all = JSON.parse(text) as readonly (readonly [string, Written])[];
  return all.map(([name, value]) => ({ name, value: read(value) }));
}

function written(value: ResultValue): Written {
  if (Array.isArray(value)) return (value as readonly ResultValue[]).map(written);
  if (typeof value === 'bigint') return { i: value.toString() };
  return typeof value === 'number' ? { d: String(value) } : (value as string | boolean | null);
}

function read(value: Written): ResultValue {
  if (Array.isArray(value)) return (value as readonly Written[]).map(read) as ResultValue;
  if (typeof value !== 'object' || value === null) return value as string | boolean | null;
  return 'i' in value ? BigInt(value.i) : Number((value as { readonly d: string }).d);
}
