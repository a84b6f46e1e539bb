/** Two ways of reading an answer that share nothing with the code that wrote it: protobufjs by `.proto` text, and strict JSON. */
import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs';

const ROOT = new protobuf.Root();
for (const name of ['otlp', 'tempopb'])
  protobuf.parse(readFileSync(new URL(`./proto/${name}.proto`, import.meta.url), 'utf8'), ROOT);
ROOT.resolveAll();

export function messageType(name: string): protobuf.Type {
  return ROOT.lookupType(name);
}

/** 64-bit integers and bytes as text, enums by name, absent fields absent: the JSON object that the bytes stand for. */
export function decodeProtobuf(name: string, bytes: Uint8Array): unknown {
  const type = messageType(name);
  return type.toObject(type.decode(bytes), { longs: String, enums: String, bytes: String, json: true });
}

/**
 * Reads proto3 JSON as Grafana's data source does, and more strictly: an unknown field, a value of another JSON type than Go writes, or a zero
 * value that Go would leave out throws. The lists of answers that Tempo writes even when they are empty must be there; empty, they are read as absent.
 */
export function decodeStrictly(name: string, text: string): unknown {
  const json = JSON.parse(text) as Readonly<Record<string, unknown>>;
  const list = EVEN_EMPTY[name.replace('tempopb.', '')];
  if (list === undefined) {
    checkMessage(messageType(name), json, name);
    return json;
  }
  const { [list]: items, ...rest } = json;
  if (!Array.isArray(items)) fail(`${name}.${list}`, 'is no list, or not there');
  const read = items.length === 0 ? rest : json;
  checkMessage(messageType(name), read, name);
  return read;
}

/** Clients of JavaScript loop over them without a look. */
const EVEN_EMPTY: Readonly<Record<string, string>> = {
  SearchResponse: 'traces',
  QueryRangeResponse: 'series',
  SearchTagsResponse: 'tagNames',
  SearchTagsV2Response: 'scopes',
  SearchTagValuesResponse: 'tagValues',
  SearchTagValuesV2Response: 'tagValues',
};

function checkMessage(type: protobuf.Type, json: unknown, path: string): void {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) fail(path, 'is no object');
  const fields = new Map(type.fieldsArray.map((field) => [jsonName(field.name), field]));
  const cases = new Set<string>();
  for (const [key, value] of Object.entries(json)) {
    const field = fields.get(key) ?? fail(`${path}.${key}`, 'is an unknown field');
    const union = field.partOf?.name;
    if (union !== undefined && cases.has(union)) fail(`${path}.${key}`, `is a second case of ${union}`);
    if (union !== undefined) cases.add(union);
    checkField(field, value, `${path}.${key}`);
  }
}

/** Proto3's rule; names without underscores stay as they are. */
function jsonName(name: string): string {
  return name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

function checkField(field: protobuf.Field, value: unknown, path: string): void {
  if (field instanceof protobuf.MapField) {
    if (typeof value !== 'object' || value === null) fail(path, 'is no map');
    if (Object.keys(value).length === 0) fail(path, 'is an empty map');
    for (const [key, item] of Object.entries(value)) checkValue(field, item, `${path}[${key}]`);
    return;
  }
  if (!field.repeated) {
    checkValue(field, value, path);
    if (field.partOf === null && isZero(field, value)) fail(path, 'is a zero value');
    return;
  }
  if (!Array.isArray(value) || value.length === 0) fail(path, 'is no list, or an empty one');
  for (const [index, item] of value.entries()) checkValue(field, item, `${path}[${index}]`);
}

function isZero(field: protobuf.Field, value: unknown): boolean {
  const { resolvedType } = field;
  if (resolvedType instanceof protobuf.Enum) return value === resolvedType.valuesById[0];
  return value === '' || value === 0 || value === '0' || value === false;
}

function checkValue(field: protobuf.Field, value: unknown, path: string): void {
  const { resolvedType } = field;
  if (resolvedType instanceof protobuf.Type) checkMessage(resolvedType, value, path);
  else if (resolvedType instanceof protobuf.Enum) {
    if (typeof value !== 'string' || resolvedType.values[value] === undefined)
      fail(path, `is no name of ${resolvedType.name}`);
  } else if (!isScalar(field.type, value)) fail(path, `is no ${field.type}: ${JSON.stringify(value)}`);
}

const UINT64_MAX = 2n ** 64n - 1n;
const INT64_MAX = 2n ** 63n - 1n;

function isScalar(type: string, value: unknown): boolean {
  switch (type) {
    case 'string':
      return typeof value === 'string' && value.isWellFormed();
    case 'bool':
      return typeof value === 'boolean';
    case 'bytes':
      return typeof value === 'string' && Buffer.from(value, 'base64').toString('base64') === value;
    case 'uint32':
    case 'fixed32':
      return Number.isInteger(value) && (value as number) >= 0 && (value as number) <= 0xffff_ffff;
    case 'uint64':
    case 'fixed64':
      return typeof value === 'string' && /^\d+$/.test(value) && BigInt(value) <= UINT64_MAX;
    case 'int64':
      return typeof value === 'string' && /^-?\d+$/.test(value) && abs(BigInt(value)) <= INT64_MAX + 1n;
    case 'double':
      return typeof value === 'number' || ['NaN', 'Infinity', '-Infinity'].includes(String(value));
    default:
      throw new Error(`unknown type ${type}`);
  }
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value;
}

function fail(path: string, what: string): never {
  throw new Error(`${path} ${what}`);
}

/** The JSON names of protobufjs are those of the `.proto` text unless it keeps the case; this makes both ways alike. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .map(([key, item]): [string, unknown] => [key, sorted(item)])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}
