import type { AnyValueJson, KeyValueJson } from '../../../../engine/answers/trace.js';

/** The value of an attribute in OTLP's JSON; of lists and maps their JSON. Integers beyond 2^53 stay text. */
export function plainValue(given: AnyValueJson | undefined): string | number | boolean | null {
  if (given === undefined) return null;
  if (given.intValue !== undefined) {
    const number = Number(given.intValue);
    return Number.isSafeInteger(number) ? number : String(given.intValue);
  }
  const [only] = Object.values<unknown>({ ...given });
  if (only === undefined) return null;
  return typeof only === 'string' || typeof only === 'number' || typeof only === 'boolean'
    ? only
    : JSON.stringify(only);
}

export function textOf(given: AnyValueJson | undefined): string {
  return String(plainValue(given) ?? '');
}

export function attributeText(attributes: readonly KeyValueJson[] | undefined, key: string): string {
  return textOf(attributes?.find((attribute) => attribute.key === key)?.value);
}
