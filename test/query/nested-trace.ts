/** A trace out of a nested row, the slow and plain way: what the reader's answers are compared with. */
import type { BlockMeta } from '../../engine/blocks/meta.js';
import type { AnyValue, KeyValue, ResourceSpans, TraceLink } from '../../engine/blocks/trace/otlp-trace.js';
import { AnyValueType, LinkSlice } from '../support/proto-messages.js';

type Row = Readonly<Record<string, unknown>>;

const FIXED = {
  resource: {
    Cluster: 'cluster',
    Namespace: 'namespace',
    Pod: 'pod',
    Container: 'container',
    K8sClusterName: 'k8s.cluster.name',
    K8sNamespaceName: 'k8s.namespace.name',
    K8sPodName: 'k8s.pod.name',
    K8sContainerName: 'k8s.container.name',
  },
  span: { HttpMethod: 'http.method', HttpUrl: 'http.url', HttpStatusCode: 'http.status_code' },
} as const;

/** `rs` of a row, read by DuckDB or made for a test; the schema of made blocks has no integers dedicated to events. */
export function traceOfNested(
  rs: unknown,
  { format, dedicatedColumns }: BlockMeta,
  made = false,
): readonly ResourceSpans[] {
  const attributes = (scope: 'resource' | 'span' | 'event' | 'link' | 'scope', holder: Row): KeyValue[] => {
    const found: KeyValue[] = [];
    if (scope === 'resource' && holder.ServiceName) found.push(pair('service.name', holder.ServiceName));
    const hasFixed = format !== 'vParquet5' && (scope === 'resource' || scope === 'span');
    const fixed: Readonly<Record<string, string>> = hasFixed ? FIXED[scope] : {};
    for (const [column, key] of Object.entries(fixed))
      if (isThere(holder[column])) found.push(pair(key, holder[column]));
    const numbers = { string: 0, int: 0 };
    const dedicated = scope === 'event' && format !== 'vParquet5' ? {} : row(holder.DedicatedAttributes);
    for (const column of dedicatedColumns.filter((candidate) => candidate.scope === scope)) {
      const number = String(++numbers[column.type]).padStart(2, '0');
      if (made && scope === 'event' && column.type === 'int') continue;
      const value = dedicated[`${column.type === 'string' ? 'String' : 'Int'}${number}`];
      if (Array.isArray(value) ? value.length > 0 : isThere(value)) {
        const values = (Array.isArray(value) ? value : [value]).map(anyValue);
        found.push({ key: column.name, value: values.length > 1 ? { kind: 'array', values } : values[0]! });
      }
    }
    return [
      ...found,
      ...list(holder.Attrs).map((attr) => ({ key: String(attr.Key), value: attributeValue(attr) })),
    ];
  };
  return list(rs).map((group) => {
    const resource = row(group.Resource);
    return {
      resource: { attributes: attributes('resource', resource), ...dropped(resource) },
      scopeSpans: list(group.ss).map((scoped) => {
        const scope = row(scoped.Scope);
        return {
          scope: {
            name: String(scope.Name),
            version: String(scope.Version),
            attributes: format === 'vParquet3' ? [] : attributes('scope', scope),
            ...dropped(scope),
          },
          spans: list(scoped.Spans).map((span) => {
            const start = BigInt(span.StartTimeUnixNano as bigint);
            return {
              spanId: hex(span.SpanID),
              parentSpanId: hex(span.ParentSpanID),
              traceState: String(span.TraceState ?? ''),
              name: String(span.Name),
              kind: Number(span.Kind),
              startTimeUnixNano: start,
              endTimeUnixNano: start + BigInt(span.DurationNano as bigint),
              attributes: attributes('span', span),
              ...dropped(span),
              events: list(span.Events).map((event) => ({
                timeUnixNano: isThere(event.TimeUnixNano)
                  ? BigInt(event.TimeUnixNano as bigint)
                  : start + BigInt(event.TimeSinceStartNano as bigint),
                name: String(event.Name),
                attributes: attributes('event', event),
                ...dropped(event),
              })),
              droppedEventsCount: Number(span.DroppedEventsCount ?? 0),
              links:
                span.Links instanceof Uint8Array
                  ? protoLinks(span.Links)
                  : list(span.Links).map((link) => ({
                      traceId: hex(link.TraceID),
                      spanId: hex(link.SpanID),
                      traceState: String(link.TraceState ?? ''),
                      attributes: attributes('link', link),
                      ...dropped(link),
                    })),
              droppedLinksCount: Number(span.DroppedLinksCount ?? 0),
              status: { code: Number(span.StatusCode), message: String(span.StatusMessage) },
            };
          }),
        };
      }),
    };
  });
}

function attributeValue(attr: Row): AnyValue {
  if (attr.Value instanceof Uint8Array)
    return fromProto(AnyValueType.toObject(AnyValueType.decode(attr.Value), OBJECTS));
  const values = [attr.Value, attr.ValueInt, attr.ValueDouble, attr.ValueBool]
    .flatMap((value) => (Array.isArray(value) ? value : isThere(value) ? [value] : []))
    .map(anyValue);
  if (attr.IsArray === true) return { kind: 'array', values };
  return values[0] ?? { kind: 'empty' };
}

function anyValue(value: unknown): AnyValue {
  if (typeof value === 'string') return { kind: 'string', value };
  if (typeof value === 'bigint') return { kind: 'int', value };
  return typeof value === 'number' ? { kind: 'double', value } : { kind: 'bool', value: value === true };
}

function pair(key: string, value: unknown): KeyValue {
  return { key, value: anyValue(value) };
}

function dropped(holder: Row): { readonly droppedAttributesCount: number } {
  return { droppedAttributesCount: Number(holder.DroppedAttributesCount ?? 0) };
}

function isThere(value: unknown): boolean {
  return value !== undefined && value !== null;
}

function list(value: unknown): readonly Row[] {
  return Array.isArray(value) ? (value as readonly Row[]) : [];
}

function row(value: unknown): Row {
  return (value ?? {}) as Row;
}

function hex(value: unknown): string {
  return Buffer.from(value as Uint8Array).toString('hex');
}

// ---------------------------------------------------------------------------------------------------------- protobuf

const OBJECTS = { longs: String, arrays: true } as const;

function fromProto(value: Row): AnyValue {
  if (typeof value.stringValue === 'string') return { kind: 'string', value: value.stringValue };
  if (typeof value.boolValue === 'boolean') return { kind: 'bool', value: value.boolValue };
  if (typeof value.intValue === 'string') return { kind: 'int', value: BigInt(value.intValue) };
  if (typeof value.doubleValue === 'number') return { kind: 'double', value: value.doubleValue };
  if (value.bytesValue instanceof Uint8Array)
    return { kind: 'bytes', value: new Uint8Array(value.bytesValue) };
  if (isThere(value.arrayValue))
    return { kind: 'array', values: list(row(value.arrayValue).values).map(fromProto) };
  return { kind: 'empty' };
}

function protoLinks(message: Uint8Array): readonly TraceLink[] {
  return list(LinkSlice.toObject(LinkSlice.decode(message), OBJECTS).links).map((link) => ({
    traceId: hex(link.traceId),
    spanId: hex(link.spanId),
    traceState: '',
    attributes: list(link.attributes).map((attr) => ({
      key: String(attr.key),
      value: fromProto(row(attr.value)),
    })),
    droppedAttributesCount: 0,
  }));
}

// ---------------------------------------------------------------------------------------------------------- compared

/** A trace without the one freedom that the reader has: the order of attributes that lie in different columns. */
export function comparable(trace: readonly ResourceSpans[]): unknown {
  return sorted(trace);
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  if (Array.isArray(value)) return value.map(sorted);
  return Object.fromEntries(
    Object.entries(value).map(([name, part]) => [
      name,
      name === 'attributes'
        ? (part as KeyValue[]).toSorted((a, b) => (a.key < b.key ? -1 : Number(a.key > b.key)))
        : sorted(part),
    ]),
  );
}
