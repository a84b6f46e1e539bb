/** Spans of traces in OTLP's JSON as rows of a waterfall: parents before children, siblings by their starts. */

import type { KeyValueJson, SpanJson, TraceJson } from '../../../engine/answers/trace.js';
import { anyValue } from './format.js';

export interface SpanRow {
  readonly id: string;
  readonly traceId: string;
  readonly name: string;
  readonly service: string;
  readonly failed: boolean;
  readonly message: string;
  /** Nanoseconds from the start of the earliest span. */
  readonly start: number;
  readonly duration: number;
  /** 0 for roots. */
  readonly depth: number;
  readonly hasChildren: boolean;
  readonly attributes: readonly (readonly [key: string, value: string])[];
  readonly resource: readonly (readonly [key: string, value: string])[];
}

export interface Waterfall {
  readonly rows: readonly SpanRow[];
  /** Of all traces together, in nanoseconds. */
  readonly duration: number;
  /** Nanoseconds since the Unix epoch. */
  readonly start: bigint;
}

export function waterfallOf(traces: readonly TraceJson[]): Waterfall {
  const found = traces.flatMap(({ resourceSpans }) =>
    resourceSpans.flatMap(({ resource, scopeSpans }) =>
      scopeSpans.flatMap(({ spans }) =>
        spans.map((span) => ({ span, resource: pairs(resource?.attributes) })),
      ),
    ),
  );
  const starts = found.map(({ span }) => nanos(span.startTimeUnixNano));
  const [start = 0n] = starts.sort((a, b) => Number(a > b) - Number(a < b));
  const ids = new Set(found.map(({ span }) => hex(span.spanId)));
  const children = new Map<string, typeof found>();
  for (const placed of found) {
    const parent = hex(placed.span.parentSpanId ?? '');
    const key = ids.has(parent) && parent !== hex(placed.span.spanId) ? parent : '';
    children.set(key, [...(children.get(key) ?? []), placed]);
  }
  const rows: SpanRow[] = [];
  const seen = new Set<(typeof found)[number]>();
  const add = (parent: string, depth: number): void => {
    const siblings = [...(children.get(parent) ?? [])].sort((a, b) =>
      nanos(a.span.startTimeUnixNano) < nanos(b.span.startTimeUnixNano) ? -1 : 1,
    );
    for (const placed of siblings) {
      if (seen.has(placed)) continue;
      seen.add(placed);
      const id = hex(placed.span.spanId);
      rows.push(rowOf(placed.span, placed.resource, start, depth, children.has(id)));
      add(id, depth + 1);
    }
  };
  add('', 0);
  // Spans whose parents form a circle have no root.
  for (const placed of found)
    if (!seen.has(placed)) rows.push(rowOf(placed.span, placed.resource, start, 0, false));
  const end = Math.max(0, ...rows.map((row) => row.start + row.duration));
  return { rows, duration: end, start };
}

function rowOf(
  span: SpanJson,
  resource: SpanRow['resource'],
  start: bigint,
  depth: number,
  hasChildren: boolean,
): SpanRow {
  const begins = nanos(span.startTimeUnixNano);
  const code = span.status?.code;
  return {
    id: hex(span.spanId),
    traceId: hex(span.traceId),
    name: span.name,
    service: resource.find(([key]) => key === 'service.name')?.[1] ?? '',
    failed: code === 2,
    message: span.status?.message ?? '',
    start: Number(begins - start),
    duration: Math.max(0, Number(nanos(span.endTimeUnixNano) - begins)),
    depth,
    hasChildren,
    attributes: pairs(span.attributes),
    resource,
  };
}

function pairs(attributes: readonly KeyValueJson[] = []): readonly (readonly [string, string])[] {
  return attributes.map(({ key, value }) => [key, anyValue(value)] as const);
}

function nanos(text: string): bigint {
  return /^\d+$/u.test(text) ? BigInt(text) : 0n;
}

/** Ids are hexadecimal, or base64 as protobuf's JSON has bytes. */
function hex(id: string): string {
  if (/^(?:[0-9a-f]{2})*$/iu.test(id) && (id.length === 16 || id.length === 32)) return id.toLowerCase();
  if (id === '') return '';
  try {
    return [...atob(id)].map((byte) => byte.charCodeAt(0).toString(16).padStart(2, '0')).join('');
  } catch {
    return id;
  }
}
