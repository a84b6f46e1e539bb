/** Attributes as pairs of keys and values, in which a key may be there several times. */
import type { Attributes, AttributeValue, SeveralValues } from './model.js';

type Held = AttributeValue | SeveralValues;

export function attributesOfPairs(pairs: Iterable<readonly [string, AttributeValue]>): Attributes {
  const attributes = new Map<string, Held>();
  for (const [key, value] of pairs)
    attributes.set(key, severalValues([...valuesOf(attributes.get(key)), value]));
  return attributes;
}

/** Each key as often as it has values. */
export function* pairsOf(attributes: Attributes): Iterable<readonly [string, AttributeValue]> {
  for (const [key, held] of attributes) for (const value of valuesOf(held)) yield [key, value];
}

/** The values that a key has in one place; none where it is not there. */
export function valuesOf(held: Held | undefined): readonly AttributeValue[] {
  if (held === undefined) return [];
  return isSeveral(held) ? held.values : [held];
}

function severalValues(values: readonly AttributeValue[]): Held {
  return values.length === 1 ? values[0]! : { kind: 'several', values };
}

function isSeveral(held: Held): held is SeveralValues {
  return typeof held === 'object' && 'kind' in held;
}

/**
 * The service that a resource names, '' where it names none. Tempo stores it in a column of its own (`schema.go`), which keeps the last
 * text that it is given.
 */
export function serviceName(resource: Attributes): string {
  const texts = valuesOf(resource.get('service.name')).filter((value) => typeof value === 'string');
  return texts.at(-1) ?? '';
}
