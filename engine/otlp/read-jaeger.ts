/** Traces in the JSON of Jaeger's query API and UI (`{"data": [{"spans": […], "processes": {…}}]}`), as the Collector's translator maps them. */
import { attributesOfPairs } from './attributes.js';
import { get, idOf, isObject, text } from './json-values.js';
import type { AttributeValue, SpanEvent, SpanLink } from './model.js';
import { KIND_NAMES } from './names.js';
import type { OtlpGroup, OtlpRequest, OtlpSpan, RefusedSpan } from './request.js';

type Pairs = readonly (readonly [string, AttributeValue])[];

export function isJaeger(request: unknown): boolean {
  const data = get(request, 'data');
  return Array.isArray(data) && data.some((trace) => Array.isArray(get(trace, 'spans')));
}

/** A span that cannot be read is refused by itself. */
export function readJaeger(request: unknown): OtlpRequest {
  const groups: OtlpGroup[] = [];
  const refused: RefusedSpan[] = [];
  for (const trace of list(get(request, 'data')))
    for (const raw of list(get(trace, 'spans'))) {
      const process = get(raw, 'process') ?? get(get(trace, 'processes'), text(get(raw, 'processID')));
      const service = text(get(process, 'serviceName'));
      const resource = attributesOfPairs([
        ...(service === '' ? [] : [['service.name', service] as const]),
        ...pairs(get(process, 'tags')),
      ]);
      const span = spanOf(raw);
      if ('reason' in span) refused.push(span);
      else {
        const tags = pairs(get(raw, 'tags'));
        const scope = {
          name: textOf(tags, 'otel.scope.name') || textOf(tags, 'otel.library.name'),
          version: textOf(tags, 'otel.scope.version') || textOf(tags, 'otel.library.version'),
          attributes: new Map(),
        };
        groups.push({ resource, scope, spans: [span] });
      }
    }
  return { groups, refused };
}

/** Tags that become something else than attributes. */
const TAKEN = new Set([
  'span.kind',
  'error',
  'otel.status_code',
  'otel.status_description',
  'otel.scope.name',
  'otel.scope.version',
  'otel.library.name',
  'otel.library.version',
]);

function spanOf(raw: unknown): OtlpSpan | RefusedSpan {
  const name = text(get(raw, 'operationName'));
  const refuse = (reason: RefusedSpan['reason'], message: string): RefusedSpan => ({
    reason,
    message: name === '' ? message : `span "${name.slice(0, 100)}": ${message}`,
  });
  const traceId = idOf(get(raw, 'traceID'), 32) ?? '';
  const spanId = idOf(get(raw, 'spanID'), 16) ?? '';
  if (traceId === '') return refuse('trace id', 'it has no valid "traceID"');
  if (spanId === '') return refuse('span id', 'it has no valid "spanID"');
  const start = micros(get(raw, 'startTime'));
  const duration = micros(get(raw, 'duration'));
  if (start === undefined || duration === undefined)
    return refuse('value', 'its "startTime" or "duration" is no number of microseconds');
  const tags = pairs(get(raw, 'tags'));
  const references = list(get(raw, 'references')).map((reference) => ({
    isParent: get(reference, 'refType') === 'CHILD_OF',
    traceId: idOf(get(reference, 'traceID'), 32) ?? '',
    spanId: idOf(get(reference, 'spanID'), 16) ?? '',
  }));
  const parent =
    references.find((reference) => reference.isParent && reference.traceId === traceId) ??
    references.find((reference) => reference.traceId === traceId);
  const links = references
    .filter((reference) => reference !== parent)
    .map(
      (reference): SpanLink => ({
        traceId: reference.traceId,
        spanId: reference.spanId,
        attributes: new Map(),
      }),
    );
  const kind = textOf(tags, 'span.kind');
  return {
    traceId,
    spanId,
    parentSpanId: parent?.spanId ?? idOf(get(raw, 'parentSpanID'), 16) ?? '',
    name,
    kind: KIND_NAMES.find((known) => known === kind) ?? 'unspecified',
    status: statusOf(tags),
    statusMessage: textOf(tags, 'otel.status_description'),
    start,
    duration,
    attributes: attributesOfPairs(tags.filter(([key]) => !TAKEN.has(key))),
    events: list(get(raw, 'logs')).map((log) => eventOf(log, start)),
    links,
  };
}

function statusOf(tags: Pairs): OtlpSpan['status'] {
  const code = textOf(tags, 'otel.status_code').toLowerCase();
  if (code === 'ok' || code === 'error') return code;
  const error = tags.find(([key]) => key === 'error')?.[1];
  return error === true || error === 'true' ? 'error' : 'unset';
}

function eventOf(log: unknown, start: bigint): SpanEvent {
  const fields = pairs(get(log, 'fields'));
  const named = textOf(fields, 'event') || textOf(fields, 'message');
  return {
    name: named,
    timeSinceStart: (micros(get(log, 'timestamp')) ?? start) - start,
    attributes: attributesOfPairs(fields.filter(([key]) => key !== 'event')),
  };
}

function pairs(raw: unknown): Pairs {
  return list(raw).flatMap((tag): Pairs => {
    const value = tagValue(get(tag, 'type'), get(tag, 'value'));
    return value === undefined ? [] : [[text(get(tag, 'key')), value]];
  });
}

/** What is of another type than it says is taken as what it is. */
function tagValue(type: unknown, value: unknown): AttributeValue | undefined {
  if (type === 'int64' && /^-?\d{1,19}$/.test(String(value))) return BigInt.asIntN(64, BigInt(String(value)));
  if (type === 'float64' && value !== '' && Number.isFinite(Number(value))) return Number(value);
  if (type === 'bool' && (value === 'true' || value === 'false')) return value === 'true';
  if (type === 'binary') return undefined;
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value;
  return typeof value === 'string' || typeof value === 'boolean' ? value : undefined;
}

function textOf(tags: Pairs, name: string): string {
  const value = tags.find(([key]) => key === name)?.[1];
  return typeof value === 'string' ? value : '';
}

/** In nanoseconds. A double cannot tell those of today's times: whole microseconds are counted apart from their parts. */
export function micros(raw: unknown): bigint | undefined {
  if (typeof raw === 'string' && /^\d{1,19}$/.test(raw)) return BigInt(raw) * 1000n;
  if (typeof raw !== 'number' || !Number.isFinite(raw) || raw < 0) return undefined;
  const whole = Math.trunc(raw);
  return BigInt(whole) * 1000n + BigInt(Math.round((raw - whole) * 1000));
}

export function list(raw: unknown): readonly unknown[] {
  return Array.isArray(raw) ? raw.filter(isObject) : [];
}
