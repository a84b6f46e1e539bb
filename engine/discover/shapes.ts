/** Kinds of spans that rules may be about: those of a name, those of them that failed or have a value, and those with a value whatever their name. */
import { quoteString } from '../language/tree/literals.js';
import { attributeNameText } from '../language/tree/literals-attribute.js';
import type { AttributeKey } from '../plan/schema.js';
import type { FlowKey } from '../sql/discover/key-traces.js';

/** Names of attributes that say which thing it is. */
export const NAMES_ID = /(?:^|[._-])(?:id|key|number)$|Id$/u;

export interface Shape {
  readonly name?: string;
  /** Only those whose status is an error. */
  readonly isFailed?: boolean;
  /** The value of a key of the span itself. */
  readonly where?: { readonly key: AttributeKey; readonly value: string; readonly type: LiteralType };
  readonly spans: number;
  readonly isWanted: boolean;
}

export type LiteralType = 's' | 'i' | 'd' | 'b';

/** As a filter: `{ name = "x" && span.k = "v" }`, or with more in it. */
export function filterText(
  { name, where, isFailed = false }: Pick<Shape, 'name' | 'where' | 'isFailed'>,
  more: readonly string[] = [],
): string {
  const parts = [
    ...(name === undefined ? [] : [`name = ${quoteString(name)}`]),
    ...(isFailed ? ['status = error'] : []),
    ...(where === undefined ? [] : [`${keyText(where.key)} = ${literalText(where.value, where.type)}`]),
    ...more,
  ];
  return `{ ${parts.join(' && ')} }`;
}

export function keyText({ scope, key }: AttributeKey): string {
  return `${scope}.${attributeNameText(key)}`;
}

/** As a rule says what it is across. */
export function flowKeyText(key: FlowKey): string {
  const [field, ...others] = key.map(keyText);
  return others.length === 0 ? field! : `(${[field, ...others].join(', ')})`;
}

export function literalText(value: string, type: LiteralType): string {
  if (type === 's') return quoteString(value);
  return type === 'd' && !/[.e]/u.test(value) ? `${value}.0` : value;
}
