/** Kinds of spans that rules may be about: those of a name, those of them with a value, and those with a value whatever their name. */
import { quoteString } from '../language/tree/literals.js';
import { attributeNameText } from '../language/tree/literals-attribute.js';
import type { AttributeKey } from '../plan/schema.js';

export interface Shape {
  readonly name?: string;
  /** The value of a key of the span itself. */
  readonly where?: { readonly key: AttributeKey; readonly value: string; readonly type: LiteralType };
  readonly spans: number;
  readonly isWanted: boolean;
}

export type LiteralType = 's' | 'i' | 'd' | 'b';

/** As a filter: `{ name = "x" && span.k = "v" }`, or with more in it. */
export function filterText(
  { name, where }: Pick<Shape, 'name' | 'where'>,
  more: readonly string[] = [],
): string {
  const parts = [
    ...(name === undefined ? [] : [`name = ${quoteString(name)}`]),
    ...(where === undefined ? [] : [`${keyText(where.key)} = ${literalText(where.value, where.type)}`]),
    ...more,
  ];
  return `{ ${parts.join(' && ')} }`;
}

export function keyText({ scope, key }: AttributeKey): string {
  return `${scope}.${attributeNameText(key)}`;
}

export function literalText(value: string, type: LiteralType): string {
  if (type === 's') return quoteString(value);
  return type === 'd' && !/[.e]/u.test(value) ? `${value}.0` : value;
}
