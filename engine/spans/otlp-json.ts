import type { KindName, StatusName } from '../language/ast.js';
import type { Attributes, AttributeValue, ScalarValue, Span, Trace } from './model.js';

/**
 * Traces in OTLP's JSON form: `{ "resourceSpans": […] }`, as Tempo's API returns it (`batches`, or inside `trace`), or several
 * such lines joined in an array. Ids may be hex (OTLP) or base64 (Tempo's older API); 64-bit integers text or numbers.
 *
 * Returns a problem in words when the JSON is something else.
 */
export function tracesFromOtlpJson(json: unknown): readonly Trace[] | { readonly problem: string } {
  const roots = Array.isArray(json) ? json : [json];
  const traces = new Map<string, Span[]>();
  for (const root of roots) {
    const resourceSpans = resourceSpansOf(root);
    if (resourceSpans === undefined)
      return { problem: 'no "resourceSpans" found: this is not an OTLP JSON trace' };
    for (const group of resourceSpans) {
      const resource = attributesOf(get(get(group, 'resource'), 'attributes'));
      for (const scoped of list(get(group, 'scopeSpans') ?? get(group, 'instrumentationLibrarySpans')))
        for (const raw of list(get(scoped, 'spans'))) {
          const traceId = idOf(get(raw, 'traceId'), 32);
          if (traceId === undefined) return { problem: 'a span has no valid "traceId"' };
          const span = spanOf(raw, resource, get(scoped, 'scope'));
          if (span === undefined) return { problem: 'a span has no valid "spanId" or times' };
          traces.set(traceId, [...(traces.get(traceId) ?? []), span]);
        }
    }
  }
  return [...traces].map(([traceId, spans]) => ({ traceId, spans }));
}

function resourceSpansOf(root: unknown): readonly unknown[] | undefined {
  const holder = get(root, 'trace') ?? root;
  const spans = get(holder, 'resourceSpans') ?? get(holder, 'batches');
  return Array.isArray(spans) ? spans : undefined;
}

const KINDS: readonly KindName[] = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];
const STATUSES: readonly StatusName[] = ['unset', 'ok', 'error'];

function spanOf(raw: unknown, resource: Attributes, scope: unknown): Span | undefined {
  const spanId = idOf(get(raw, 'spanId'), 16);
  const start = integer(get(raw, 'startTimeUnixNano'));
  const end = integer(get(raw, 'endTimeUnixNano'));
  if (spanId === undefined || start === undefined || end === undefined) return undefined;
  const status = get(raw, 'status');
  return {
    spanId,
    parentSpanId: idOf(get(raw, 'parentSpanId'), 16) ?? '',
    name: text(get(raw, 'name')),
    kind: enumOf(get(raw, 'kind'), KINDS, 'SPAN_KIND_'),
    status: enumOf(get(status, 'code'), STATUSES, 'STATUS_CODE_'),
    statusMessage: text(get(status, 'message')),
    start,
    duration: end > start ? end - start : 0n,
    resource,
    attributes: attributesOf(get(raw, 'attributes')),
    scope: {
      name: text(get(scope, 'name')),
      version: text(get(scope, 'version')),
      attributes: attributesOf(get(scope, 'attributes')),
    },
    events: list(get(raw, 'events')).map((event) => ({
      name: text(get(event, 'name')),
      timeSinceStart: (integer(get(event, 'timeUnixNano')) ?? start) - start,
      attributes: attributesOf(get(event, 'attributes')),
    })),
    links: list(get(raw, 'links')).map((link) => ({
      traceId: idOf(get(link, 'traceId'), 32) ?? '',
      spanId: idOf(get(link, 'spanId'), 16) ?? '',
      attributes: attributesOf(get(link, 'attributes')),
    })),
  };
}

function attributesOf(raw: unknown): Attributes {
  const attributes = new Map<string, AttributeValue>();
  for (const pair of list(raw)) {
    const key = get(pair, 'key');
    const value = attributeValue(get(pair, 'value'));
    if (typeof key === 'string' && value !== undefined && !attributes.has(key)) attributes.set(key, value);
  }
  return attributes;
}

/** Maps, bytes and arrays of several types are left out: TraceQL cannot ask for them. */
function attributeValue(raw: unknown): AttributeValue | undefined {
  const array = get(raw, 'arrayValue');
  if (array === undefined) return scalarOf(raw);
  const items = list(get(array, 'values')).map(scalarOf);
  const values = items.filter((item) => item !== undefined);
  const types = new Set(values.map((item) => typeof item));
  return values.length === items.length && types.size <= 1 ? values : undefined;
}

function scalarOf(raw: unknown): ScalarValue | undefined {
  const string = get(raw, 'stringValue');
  if (typeof string === 'string') return string;
  const bool = get(raw, 'boolValue');
  if (typeof bool === 'boolean') return bool;
  const double = get(raw, 'doubleValue');
  if (double !== undefined) return Number(double);
  return integer(get(raw, 'intValue'));
}

/** Hex, or base64 of the right number of bytes; lower-case hex without, undefined for anything else. */
function idOf(raw: unknown, digits: number): string | undefined {
  if (typeof raw !== 'string') return undefined;
  if (/^[0-9a-f]+$/i.test(raw) && raw.length <= digits) return raw.toLowerCase().padStart(digits, '0');
  const bytes = Buffer.from(raw, 'base64');
  return bytes.length === digits / 2 ? bytes.toString('hex') : undefined;
}

function enumOf<T extends string>(raw: unknown, names: readonly T[], prefix: string): T {
  if (typeof raw === 'number') return names[raw] ?? names[0]!;
  const name = text(raw).replace(prefix, '').toLowerCase();
  return names.find((one) => one === name) ?? names[0]!;
}

function integer(raw: unknown): bigint | undefined {
  if (typeof raw === 'number' && Number.isInteger(raw)) return BigInt(raw);
  return typeof raw === 'string' && /^-?\d{1,20}$/.test(raw) ? BigInt.asIntN(64, BigInt(raw)) : undefined;
}

function text(raw: unknown): string {
  return typeof raw === 'string' ? raw : '';
}

function list(raw: unknown): readonly unknown[] {
  return Array.isArray(raw) ? raw : [];
}

function get(raw: unknown, key: string): unknown {
  return typeof raw === 'object' && raw !== null
    ? (raw as Readonly<Record<string, unknown>>)[key]
    : undefined;
}
