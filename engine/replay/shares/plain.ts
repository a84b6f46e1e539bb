/**
 * Values of a result as JSON and back, exactly: JSON has no bigint, no Map, no Set and no NaN. A bigint is the text `~n12`, a number that JSON has not
 * `~dNaN`, a text that begins with `~` has one more, and a Map or Set is an array that begins with `~map` or `~set`, which no other array can.
 */
export type Plain = string | number | boolean | null | readonly Plain[] | { readonly [key: string]: Plain };

export function toPlain(value: unknown): Plain {
  switch (typeof value) {
    case 'bigint':
      return `~n${value}`;
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : `~d${Object.is(value, -0) ? '-0' : value}`;
    case 'string':
      return value.startsWith('~') ? `~${value}` : value;
    case 'boolean':
      return value;
    case 'object': {
      if (value === null) return null;
      if (Array.isArray(value)) return value.map(toPlain);
      if (value instanceof Map) return ['~map', ...[...value].map(toPlain)];
      if (value instanceof Set) return ['~set', ...[...value].map(toPlain)];
      return Object.fromEntries(
        Object.entries(value).flatMap(([key, part]) => (part === undefined ? [] : [[key, toPlain(part)]])),
      );
    }
    default:
      throw new TypeError(`no ${typeof value} is part of a result`);
  }
}

/** Throws a `SyntaxError` for what `toPlain` does not give. */
export function fromPlain(plain: Plain): unknown {
  if (typeof plain === 'string') return textOf(plain);
  if (typeof plain !== 'object' || plain === null) return plain;
  if (!isArray(plain))
    return Object.fromEntries(Object.entries(plain).map(([key, part]) => [key, fromPlain(part)]));
  const [tag, ...parts] = plain;
  if (tag === '~map') return new Map(parts.map((part) => fromPlain(part) as [unknown, unknown]));
  if (tag === '~set') return new Set(parts.map(fromPlain));
  return plain.map(fromPlain);
}

function isArray(plain: Plain): plain is readonly Plain[] {
  return Array.isArray(plain);
}

function textOf(plain: string): unknown {
  if (!plain.startsWith('~')) return plain;
  const rest = plain.slice(2);
  switch (plain[1]) {
    case '~':
      return plain.slice(1);
    case 'n':
      return BigInt(rest);
    case 'd':
      return Number(rest);
    default:
      throw new SyntaxError(`"${plain}" is no value`);
  }
}
