/** Spans of traces in OTLP's JSON as rows of a waterfall: one trace after the other, parents before children, siblings by their starts. */

import type { KeyValueJson, ResourceSpansJson, SpanJson, TraceJson } from '../../../engine/answers/trace.js';
import { KIND_NAMES, STATUS_NAMES } from '../../../engine/language/tree/kinds.js';
import { anyValue } from './format.js';

/** An attribute's name and its value as text. */
export type Pair = readonly [key: string, value: string];

export interface SpanRow {
  readonly id: string;
  readonly traceId: string;
  /** Which of the traces it is in, from 0. */
  readonly trace: number;
  readonly name: string;
  readonly service: string;
  readonly kind: string;
  readonly status: string;
  readonly failed: boolean;
  readonly message: string;
  /** Nanoseconds from the start of the earliest span of all traces. */
  readonly start: number;
  readonly duration: number;
  /** 0 for roots. */
  readonly depth: number;
  readonly hasChildren: boolean;
  /** It has a parent, which is not there. */
  readonly orphan: boolean;
  readonly attributes: readonly Pair[];
  readonly resource: readonly Pair[];
  /** Times are nanoseconds from the start of the span. */
  readonly events: readonly {
    readonly name: string;
    readonly time: number;
    readonly attributes: readonly Pair[];
  }[];
  readonly links: readonly {
    readonly traceId: string;
    readonly spanId: string;
    readonly attributes: readonly Pair[];
  }[];
}

export interface Waterfall {
  readonly rows: readonly SpanRow[];
  /** Ids of the traces, the earliest first. */
  readonly traces: readonly string[];
  /** Of all traces together, in nanoseconds. */
  readonly duration: number;
  /** Nanoseconds since the Unix epoch. */
  readonly start: bigint;
}

interface Placed {
  readonly span: SpanJson;
  readonly resource: ResourceSpansJson['resource'];
  readonly start: bigint;
}

export function waterfallOf(traces: readonly TraceJson[]): Waterfall {
  const all = traces
    .map(placedSpans)
    .filter((spans) => spans.length > 0)
    .sort(([a], [b]) => compare(a?.start ?? 0n, b?.start ?? 0n));
  const start = all[0]?.[0]?.start ?? 0n;
  const rows = all.flatMap((spans, trace) => rowsOf(spans, trace, start));
  const duration = rows.reduce((end, row) => Math.max(end, row.start + row.duration), 0);
  return { rows, traces: all.map(([first]) => hex(first?.span.traceId ?? '')), duration, start };
}

/** By their starts. */
function placedSpans({ resourceSpans }: TraceJson): readonly Placed[] {
  return resourceSpans
    .flatMap(({ resource, scopeSpans }) =>
      scopeSpans.flatMap(({ spans }) =>
        spans.map((span) => ({ span, resource, start: nanos(span.startTimeUnixNano) })),
      ),
    )
    .sort((a, b) => compare(a.start, b.start));
}

/** Of one trace, whose ids mean nothing in another. Traces may be deeper than a stack, so nothing calls itself. */
function rowsOf(spans: readonly Placed[], trace: number, start: bigint): readonly SpanRow[] {
  const ids = new Set(spans.map(({ span }) => hex(span.spanId)));
  const below = new Map<string, Placed[]>();
  for (const placed of spans) {
    const parent = hex(placed.span.parentSpanId ?? '');
    const key = ids.has(parent) && parent !== hex(placed.span.spanId) ? parent : '';
    const siblings = below.get(key);
    if (siblings === undefined) below.set(key, [placed]);
    else siblings.push(placed);
  }
  const rows: SpanRow[] = [];
  const seen = new Set<Placed>();
  const visit = (roots: readonly Placed[]): void => {
    const open = roots.map((placed) => ({ placed, depth: 0 })).reverse();
    for (let next = open.pop(); next !== undefined; next = open.pop()) {
      const { placed, depth } = next;
      if (seen.has(placed)) continue;
      seen.add(placed);
      const children = below.get(hex(placed.span.spanId)) ?? [];
      const parent = hex(placed.span.parentSpanId ?? '');
      const place = {
        trace,
        depth,
        hasChildren: children.length > 0,
        orphan: parent !== '' && !ids.has(parent),
      };
      rows.push({ ...rowOf(placed, start), ...place });
      for (const child of children.toReversed()) open.push({ placed: child, depth: depth + 1 });
    }
  };
  visit(below.get('') ?? []);
  // Spans whose parents form a circle have no root.
  for (const placed of spans) if (!seen.has(placed)) visit([placed]);
  return rows;
}

function rowOf({ span, resource, start: begins }: Placed, start: bigint) {
  const code = span.status?.code ?? 0;
  const ofResource = pairs(resource?.attributes);
  return {
    id: hex(span.spanId),
    traceId: hex(span.traceId),
    name: span.name,
    service: ofResource.find(([key]) => key === 'service.name')?.[1] ?? '',
    kind: KIND_NAMES[span.kind] ?? String(span.kind ?? KIND_NAMES[0]),
    status: STATUS_NAMES[code] ?? String(code),
    failed: STATUS_NAMES[code] === 'error',
    message: span.status?.message ?? '',
    start: Number(begins - start),
    duration: Math.max(0, Number(nanos(span.endTimeUnixNano) - begins)),
    attributes: pairs(span.attributes),
    resource: ofResource,
    events: (span.events ?? []).map(({ name, timeUnixNano, attributes }) => ({
      name,
      time: Number(nanos(timeUnixNano) - begins),
      attributes: pairs(attributes),
    })),
    links: (span.links ?? []).map(({ traceId, spanId, attributes }) => ({
      traceId: hex(traceId),
      spanId: hex(spanId),
      attributes: pairs(attributes),
    })),
  };
}

function pairs(attributes: readonly KeyValueJson[] = []): readonly Pair[] {
  return attributes.map(({ key, value }) => [key, anyValue(value)] as const);
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : Number(a > b);
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
