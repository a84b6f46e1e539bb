/** Spans by hand: everything that is not said has a plain value. Times are in ticks after `EPOCH`. */
import type {
  Attributes,
  AttributeValue,
  SeveralValues,
  Span,
  SpanEvent,
  SpanLink,
  Trace,
} from '../../../engine/otlp/model.js';

export const EPOCH = 1_700_000_000_000_000_000n;
/** One step of the time grid, in nanoseconds. */
export const TICK = 1_000_000n;

export type AttributeRecord = Readonly<Record<string, AttributeValue | SeveralValues>>;

function attributes(record: AttributeRecord): Attributes {
  return new Map(Object.entries(record));
}

export const spanId = (number: number): string => number.toString(16).padStart(16, '0');
export const traceId = (number: number): string => number.toString(16).padStart(32, '0');

export interface SpanParts extends Partial<Omit<Span, 'start' | 'duration' | 'attributes' | 'resource'>> {
  readonly at?: number;
  readonly ticks?: number;
  readonly attributes?: AttributeRecord;
  readonly resource?: AttributeRecord;
}

export function span(id: number, parent: number | undefined, parts: SpanParts = {}): Span {
  const {
    at: position = 0,
    ticks = 1,
    attributes: own = {},
    resource = { 'service.name': 's1' },
    ...rest
  } = parts;
  return {
    spanId: spanId(id),
    parentSpanId: parent === undefined ? '' : spanId(parent),
    name: 'a',
    kind: 'internal',
    status: 'unset',
    statusMessage: '',
    start: EPOCH + BigInt(position) * TICK,
    duration: BigInt(ticks) * TICK,
    resource: attributes(resource),
    attributes: attributes(own),
    scope: { name: '', version: '', attributes: new Map() },
    events: [],
    links: [],
    ...rest,
  };
}

export function event(name: string, record: AttributeRecord = {}, ticks = 0): SpanEvent {
  return { name, timeSinceStart: BigInt(ticks) * TICK, attributes: attributes(record) };
}

export function link(toTrace: number, toSpan: number, record: AttributeRecord = {}): SpanLink {
  return { traceId: traceId(toTrace), spanId: spanId(toSpan), attributes: attributes(record) };
}

export function trace(...spans: readonly Span[]): Trace {
  return { traceId: traceId(1), spans };
}
