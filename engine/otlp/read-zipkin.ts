/** Spans in the JSON of Zipkin's API, version 2: a list, or a list for each trace; as the Collector's translator maps them. */
import { attributesOfPairs } from './attributes.js';
import { get, idOf, isObject, text } from './json-values.js';
import type { AttributeValue } from './model.js';
import { KIND_NAMES } from './names.js';
import { list, micros } from './read-jaeger.js';
import type { OtlpGroup, OtlpRequest, OtlpSpan, RefusedSpan } from './request.js';

type Pairs = readonly (readonly [string, AttributeValue])[];

export function isZipkin(value: unknown): boolean {
  if (Array.isArray(value)) return isZipkin(value[0]);
  return (
    isObject(value) &&
    typeof value.traceId === 'string' &&
    typeof value.id === 'string' &&
    !('spans' in value)
  );
}

/** A span that cannot be read is refused by itself. */
export function readZipkin(spans: readonly unknown[]): OtlpRequest {
  const groups: OtlpGroup[] = [];
  const refused: RefusedSpan[] = [];
  for (const raw of list(spans.flat())) {
    const span = spanOf(raw);
    if ('reason' in span) {
      refused.push(span);
      continue;
    }
    const service = text(get(get(raw, 'localEndpoint'), 'serviceName'));
    const tags = tagsOf(raw);
    groups.push({
      resource: attributesOfPairs(service === '' ? [] : [['service.name', service]]),
      scope: {
        name: tags.get('otel.scope.name') ?? tags.get('otel.library.name') ?? '',
        version: tags.get('otel.scope.version') ?? tags.get('otel.library.version') ?? '',
        attributes: new Map(),
      },
      spans: [span],
    });
  }
  return { groups, refused };
}

/** Tags that become something else than attributes. */
const TAKEN = /^(?:error|otel\.status_(?:code|description)|otel\.(?:scope|library)\.(?:name|version))$/;

function spanOf(raw: unknown): OtlpSpan | RefusedSpan {
  const name = text(get(raw, 'name'));
  const refuse = (reason: RefusedSpan['reason'], message: string): RefusedSpan => ({
    reason,
    message: name === '' ? message : `span "${name.slice(0, 100)}": ${message}`,
  });
  const traceId = idOf(get(raw, 'traceId'), 32) ?? '';
  const spanId = idOf(get(raw, 'id'), 16) ?? '';
  const parentSpanId = idOf(get(raw, 'parentId'), 16);
  if (traceId === '') return refuse('trace id', 'it has no valid "traceId"');
  if (spanId === '') return refuse('span id', 'it has no valid "id"');
  if (parentSpanId === undefined) return refuse('value', 'its "parentId" is no span id');
  const start = micros(get(raw, 'timestamp') ?? 0);
  const duration = micros(get(raw, 'duration') ?? 0);
  if (start === undefined || duration === undefined)
    return refuse('value', 'its "timestamp" or "duration" is no number of microseconds');
  const tags = tagsOf(raw);
  const kind = text(get(raw, 'kind')).toLowerCase();
  return {
    traceId,
    spanId,
    parentSpanId,
    name,
    kind: KIND_NAMES.find((known) => known === kind) ?? 'unspecified',
    status: statusOf(tags),
    statusMessage: tags.get('otel.status_description') ?? errorText(tags),
    start,
    duration,
    attributes: attributesOfPairs([...[...tags].filter(([key]) => !TAKEN.test(key)), ...peer(raw)]),
    events: list(get(raw, 'annotations')).map((annotation) => ({
      name: text(get(annotation, 'value')),
      timeSinceStart: (micros(get(annotation, 'timestamp')) ?? start) - start,
      attributes: new Map(),
    })),
    links: [],
  };
}

function statusOf(tags: ReadonlyMap<string, string>): OtlpSpan['status'] {
  const code = tags.get('otel.status_code')?.toLowerCase();
  if (code === 'ok' || code === 'error') return code;
  const error = tags.get('error');
  return error === undefined || error === 'false' ? 'unset' : 'error';
}

/** Zipkin's tag holds what went wrong, or only that something did. */
function errorText(tags: ReadonlyMap<string, string>): string {
  const error = tags.get('error') ?? '';
  return error === 'true' || error === 'false' ? '' : error;
}

function tagsOf(raw: unknown): ReadonlyMap<string, string> {
  const tags = get(raw, 'tags');
  if (!isObject(tags)) return new Map();
  return new Map(Object.entries(tags).map(([key, value]) => [key, String(value)]));
}

function peer(raw: unknown): Pairs {
  const remote = get(raw, 'remoteEndpoint');
  const address = text(get(remote, 'ipv4')) || text(get(remote, 'ipv6'));
  const port = get(remote, 'port');
  const service = text(get(remote, 'serviceName'));
  return [
    ...(service === '' ? [] : [['peer.service', service] as const]),
    ...(address === '' ? [] : [['net.peer.ip', address] as const]),
    ...(Number.isSafeInteger(port) ? [['net.peer.port', BigInt(Number(port))] as const] : []),
  ];
}
