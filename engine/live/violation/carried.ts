import { splitAttributeName } from '../../language/tree/literals-attribute.js';
import type { FoundViolation } from '../../verdicts/violation.js';
import type { SpanAttribute } from './write-span.js';

/** Attributes of the offending span that a violation span has, with those that the rule compares. */
const MOST_CARRIED = 48;
/** Longer texts are no groups that anybody looks at. */
const MOST_TEXT = 256;
const OWN_OR_RESOURCE = /^(resource|span)\.(.+)$/u;

/**
 * What violation spans carry of the span that the violation is about, under its own names, for whoever groups by them: what the plan
 * carries, what the rule compares on it, and the key of its flow. Of a name that both the span and its resource have, the span's counts,
 * as in a filter without a scope.
 */
export function carriedAttributesOf({ carried, evidence, key }: FoundViolation): readonly SpanAttribute[] {
  return plainAttributes([...(carried ?? []), ...(evidence[0]?.values ?? []), ...(key ?? [])]);
}

/** The same of names and values, such as the labels of a series. */
export function plainAttributes(
  named: readonly (readonly [name: string, value: unknown])[],
): readonly SpanAttribute[] {
  const attributes = new Map<string, SpanAttribute[1]>();
  for (const scope of ['span', 'resource'])
    for (const [name, value] of named) {
      const [, ownScope, written = ''] = OWN_OR_RESOURCE.exec(name) ?? [];
      const plain = splitAttributeName(written);
      const shown = ownScope === scope ? shownValue(value) : undefined;
      if (shown === undefined || plain.startsWith('betrace.') || attributes.has(plain)) continue;
      if (attributes.size < MOST_CARRIED) attributes.set(plain, shown);
    }
  return [...attributes];
}

/** Values come as JSON has them, where whole numbers are ints. */
function shownValue(value: unknown): SpanAttribute[1] {
  switch (typeof value) {
    case 'string':
      return value.length <= MOST_TEXT ? value : `${value.slice(0, MOST_TEXT)}…`.toWellFormed();
    case 'boolean':
    case 'bigint':
      return value;
    case 'number':
      return Number.isSafeInteger(value) ? BigInt(value) : value;
    default:
      return undefined;
  }
}
