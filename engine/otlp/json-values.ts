/** The values of OTLP's JSON, as senders write them: what cannot be one is a `WrongValue` that says so. */
import { attributesOfPairs } from './attributes.js';
import type { Attributes, AttributeValue, ScalarValue } from './model.js';

/** A value that is not of the type that it says. */
export class WrongValue extends Error {
  override readonly name = 'WrongValue';
}

export function get(holder: unknown, key: string): unknown {
  return isObject(holder) ? holder[key] : undefined;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function text(raw: unknown): string {
  return typeof raw === 'string' ? raw : '';
}

/**
 * Lower-case hex of so many digits: from hex, which may lack zeros in front, or from base64 (Tempo's API, protobuf's own JSON). An
 * id of zeros is none, as is one that is absent: ''. Undefined for anything else.
 */
export function idOf(raw: unknown, digits: 16 | 32): string | undefined {
  if (raw === undefined || raw === null) return '';
  if (typeof raw !== 'string') return undefined;
  if (/^0*$/.test(raw)) return '';
  if (/^[0-9a-f]+$/i.test(raw) && raw.length <= digits) return raw.toLowerCase().padStart(digits, '0');
  if (!/^[\w+/-]+={0,2}$/.test(raw)) return undefined;
  const hex = Buffer.from(raw, 'base64').toString('hex');
  if (hex.length !== digits) return undefined;
  return /^0*$/.test(hex) ? '' : hex;
}

/** An enum by its number, or by its name with or without what all its names begin with. 0 for what it does not know. */
export function enumOf(raw: unknown, names: readonly string[], prefix: string): number {
  if (typeof raw === 'number') return Number.isInteger(raw) ? raw : 0;
  const digits = text(raw);
  if (/^\d{1,3}$/.test(digits)) return Number(digits);
  const name = digits.replace(prefix, '').toLowerCase();
  return Math.max(0, names.indexOf(name));
}

/** Nanoseconds of 64 bits without a sign; 0 where there are none. */
export function timeOf(raw: unknown, what: string): bigint {
  if (raw === undefined || raw === null) return 0n;
  const value = integer(raw);
  if (value === undefined || value < 0n || value >= 1n << 64n)
    throw wrong(what, raw, 'a time in nanoseconds');
  return value;
}

/** Attributes by key. Maps, bytes and arrays of several types are left out: TraceQL cannot ask for them. */
export function attributesOf(raw: unknown): Attributes {
  return attributesOfPairs(
    listOf(raw, 'attributes').flatMap((pair): readonly (readonly [string, AttributeValue])[] => {
      const key = get(pair, 'key');
      const value = attributeValue(get(pair, 'value'), `attribute "${text(key)}"`);
      return typeof key === 'string' && value !== undefined ? [[key, value]] : [];
    }),
  );
}

export function listOf(raw: unknown, what: string): readonly unknown[] {
  if (raw === undefined || raw === null) return [];
  if (!Array.isArray(raw)) throw new WrongValue(`"${what}" is not a list`);
  return raw;
}

function attributeValue(raw: unknown, what: string): AttributeValue | undefined {
  const array = get(raw, 'arrayValue');
  if (array === undefined || array === null) return scalarOf(raw, what);
  const items = listOf(get(array, 'values'), 'values').map((item) => scalarOf(item, what));
  const values = items.filter((item) => item !== undefined);
  const types = new Set(values.map((item) => typeof item));
  return values.length === items.length && types.size <= 1 ? values : undefined;
}

function scalarOf(raw: unknown, what: string): ScalarValue | undefined {
  const [string, bool, int, double] = ['stringValue', 'boolValue', 'intValue', 'doubleValue'].map(
    (type) => get(raw, type) ?? undefined,
  );
  if (string !== undefined) {
    if (typeof string !== 'string') throw wrong(what, string, 'a text');
    return string;
  }
  if (bool !== undefined) {
    if (typeof bool !== 'boolean') throw wrong(what, bool, 'true or false');
    return bool;
  }
  if (int !== undefined) {
    const value = integer(int);
    if (value === undefined || BigInt.asIntN(64, value) !== value)
      throw wrong(what, int, 'an integer of 64 bits');
    return value;
  }
  return double === undefined ? undefined : doubleOf(double, what);
}

const NOT_FINITE: ReadonlyMap<unknown, number> = new Map<unknown, number>([
  ['NaN', Number.NaN],
  ['Infinity', Number.POSITIVE_INFINITY],
  ['-Infinity', Number.NEGATIVE_INFINITY],
]);

function doubleOf(raw: unknown, what: string): number {
  const special = NOT_FINITE.get(raw);
  if (special !== undefined) return special;
  const value = typeof raw === 'string' && raw.trim() !== '' ? Number(raw) : raw;
  if (typeof value !== 'number' || Number.isNaN(value)) throw wrong(what, raw, 'a number');
  return value;
}

function integer(raw: unknown): bigint | undefined {
  if (typeof raw === 'number') return Number.isInteger(raw) ? BigInt(raw) : undefined;
  return typeof raw === 'string' && /^-?\d{1,20}$/.test(raw) ? BigInt(raw) : undefined;
}

function wrong(what: string, raw: unknown, wanted: string): WrongValue {
  return new WrongValue(`${what} is ${JSON.stringify(raw)?.slice(0, 60)}, which is not ${wanted}`);
}
