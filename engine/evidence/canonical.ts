export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json | undefined };

/**
 * The one text of a value, as RFC 8785 (JSON Canonicalization Scheme) has it: names sorted by UTF-16 code units, no blanks, numbers
 * as ECMAScript writes them. Members that are undefined are left out. Throws `TypeError` for what I-JSON cannot carry: numbers that
 * are not finite, and lone surrogates.
 */
export function canonicalJson(value: Json): string {
  switch (typeof value) {
    case 'string':
      return text(value);
    case 'number':
      if (!Number.isFinite(value)) throw new TypeError(`${value} is no number of JSON`);
      return JSON.stringify(value);
    case 'boolean':
      return String(value);
    case 'object':
      if (value === null) return 'null';
      return isList(value) ? list(value) : members(value);
  }
}

function isList(
  value: readonly Json[] | { readonly [key: string]: Json | undefined },
): value is readonly Json[] {
  return Array.isArray(value);
}

function list(items: readonly Json[]): string {
  return `[${items.map(canonicalJson).join(',')}]`;
}

function members(object: { readonly [key: string]: Json | undefined }): string {
  const parts = Object.entries(object)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, value]) => (value === undefined ? [] : [`${text(name)}:${canonicalJson(value)}`]));
  return `{${parts.join(',')}}`;
}

function text(value: string): string {
  if (!value.isWellFormed()) throw new TypeError('a lone surrogate has no UTF-8');
  return JSON.stringify(value);
}
