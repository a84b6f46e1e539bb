/** OTLP requests of a made-up shop: traces of eight spans with the names that queries/shop asks for, ten attributes a span. */
import { protobufOfGroups } from '../../engine/live/otlp/write-protobuf.js';
import { readOtlpJson } from '../../engine/otlp/read-json.js';

export const TRACES_PER_REQUEST = 64;
/** In the order in which the spans of a trace come one after another; the first holds the others. */
export const NAMES = [
  'checkout.place_order',
  'auth.validate',
  'users.get',
  'inventory.reserve',
  'fraud.check',
  'payment.charge_card',
  'orders publish',
  'audit.log',
];
/** Charges above it break the rules that `RARE` names. */
export const RARE_AMOUNT = 1098;
export const SPANS_PER_REQUEST = TRACES_PER_REQUEST * NAMES.length;

/** Mostly below what asks for a fraud check. */
function amountOf(trace: number): number {
  return trace % 1100;
}

/** Whether a trace, by its number, breaks the rules that `RARE` names. */
export function breaksRareRules(trace: number): boolean {
  return amountOf(trace) > RARE_AMOUNT;
}

let made = 0;

/** What the order of a trace begins with; its number follows, in so many digits. */
const ORDER = 'order-';
const ORDER_DIGITS = 8;

interface RequestShape {
  /** Whether the roots of its traces have orders, all of them number 0. */
  readonly ordered?: boolean;
  readonly traces?: number;
}

/** The n-th request; its traces are like those of no other request, in this process or another. */
export function shopRequest(
  request: number,
  { ordered = false, traces = TRACES_PER_REQUEST }: RequestShape = {},
): Buffer {
  made++;
  const spans = Array.from({ length: traces }, (_, t) => traceSpans(request * traces + t, ordered));
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] };
  const text = JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans: spans.flat() }] }] });
  return Buffer.from(protobufOfGroups(readOtlpJson(text).groups));
}

function traceSpans(trace: number, ordered: boolean): readonly object[] {
  const traceId = `${process.pid.toString(16).padStart(8, '0')}${made.toString(16).padStart(8, '0')}${trace.toString(16).padStart(16, '0')}`;
  const start = BigInt(Date.now()) * 1_000_000n;
  return NAMES.map((name, n) => ({
    traceId,
    spanId: (trace * 8 + n + 1).toString(16).padStart(16, '0'),
    ...(n === 0 ? {} : { parentSpanId: (trace * 8 + 1).toString(16).padStart(16, '0') }),
    name,
    kind: n === 0 ? 2 : 3,
    startTimeUnixNano: String(start + BigInt(n) * 1_000_000n),
    endTimeUnixNano: String(start + BigInt(n === 0 ? 20 : n + 1) * 1_000_000n),
    attributes: [
      ...(ordered && n === 0
        ? [{ key: 'order.id', value: { stringValue: `${ORDER}${'0'.repeat(ORDER_DIGITS)}` } }]
        : []),
      { key: 'tenant.id', value: { stringValue: `tenant-${trace % 7}` } },
      { key: 'amount', value: { intValue: String(amountOf(trace)) } },
      { key: 'http.request.method', value: { stringValue: 'POST' } },
      { key: 'http.response.status_code', value: { intValue: '200' } },
      { key: 'url.path', value: { stringValue: '/api/v1/orders' } },
      { key: 'server.address', value: { stringValue: 'shop.example.org' } },
      { key: 'thread.id', value: { intValue: String(n) } },
      { key: 'cache.hit', value: { boolValue: trace % 2 === 0 } },
      { key: 'db.system', value: { stringValue: 'postgresql' } },
      { key: 'retry', value: { intValue: '0' } },
    ],
  }));
}

interface RequestTemplate {
  readonly bytes: Buffer;
  /** Where trace ids are. */
  readonly ids: readonly number[];
  /** Where those of traces that break the rare rules are. */
  readonly violating: readonly number[];
  /** Where the digits of orders are, of one trace after the other; nowhere where traces have none. */
  readonly orders: readonly number[];
}

/** Trace ids are 16 bytes with this tag and length before them, and begin with what this process puts there. */
function requestTemplate(template: number, shape: RequestShape): RequestTemplate {
  const bytes = shopRequest(template, shape);
  const mark = Buffer.concat([Buffer.from([0x0a, 0x10]), Buffer.alloc(4)]);
  mark.writeUInt32BE(process.pid, 2);
  const ids: number[] = [];
  for (let found = bytes.indexOf(mark); found >= 0; found = bytes.indexOf(mark, found + 1))
    ids.push(found + 2);
  const violating = ids.filter((offset) => breaksRareRules(Number(bytes.readBigUInt64BE(offset + 8))));
  const orders: number[] = [];
  for (let found = bytes.indexOf(ORDER); found >= 0; found = bytes.indexOf(ORDER, found + 1))
    orders.push(found + ORDER.length);
  return { bytes, ids, violating, orders };
}

const TEMPLATES = 20;

/** The n-th request of some that differ in nothing but their trace ids, and their orders: so many, one after the other. */
export function templateRequest(
  templates: readonly RequestTemplate[],
  requestNumber: number,
  orders = 0,
): Buffer {
  const { bytes, ids, orders: places } = templates[requestNumber % templates.length]!;
  const request = Buffer.from(bytes);
  for (const offset of ids) request.writeUInt32BE(requestNumber, offset + 4);
  for (const [trace, offset] of places.entries()) {
    const order = (requestNumber * places.length + trace) % orders;
    request.write(String(order).padStart(ORDER_DIGITS, '0'), offset, 'latin1');
  }
  return request;
}

export function requestTemplates(ordered = false): readonly RequestTemplate[] {
  return Array.from({ length: TEMPLATES }, (_, n) => requestTemplate(n, { ordered }));
}

/** The same traces, each in a request of its own. */
export function traceTemplates(): readonly RequestTemplate[] {
  return Array.from({ length: TEMPLATES * TRACES_PER_REQUEST }, (_, n) => requestTemplate(n, { traces: 1 }));
}
