import { createHash } from 'node:crypto';
import type {
  ListValue,
  Literal,
  TestAttribute,
  TestItem,
  TestLink,
  TestSpan,
} from '../language/tree/ast.js';
import type { AttributeValue, ScalarValue, Span, SpanEvent, SpanLink, Trace } from '../otlp/model.js';

/** Where a test does not say when it starts. */
const EPOCH = 1_700_000_000_000_000_000n;

/** When a test whose spans are in its text starts, in nanoseconds since 1970: its times count from then. */
export function testStart({ at }: TestItem): bigint {
  return at?.value ?? EPOCH;
}

/** The id of the trace that a `test` block describes: 32 hex digits, of any look, the same as long as rule and title are. */
export function testTraceId({ rule, title }: TestItem): string {
  return createHash('sha256')
    .update(JSON.stringify([rule.text, title.value]))
    .digest('hex')
    .slice(0, 32);
}

/** The trace that these spans describe, of a test whose other traces links may name. */
export function testTrace(spans: readonly TestSpan[], traceId: string, place: TestPlace = NOWHERE): Trace {
  const built: Span[] = [];
  for (const span of spans) addSpan(span, '', built, place);
  return { traceId, spans: built };
}

/** Where the times of a trace count from, in nanoseconds since 1970, and what links may name. */
interface TestPlace {
  readonly startNs: bigint;
  readonly named: ReadonlyMap<string, LinkedSpan>;
}

type LinkedSpan = Pick<SpanLink, 'traceId' | 'spanId'>;

const NOWHERE: TestPlace = { startNs: EPOCH, named: new Map() };

/** All traces that a `test` block describes: that of its own spans, if it has any, and those with names. */
export function testTraces(test: TestItem): readonly Trace[] {
  const place = placeOf(test, testStart(test));
  const own =
    test.spans.length > 0 || test.traces.length === 0
      ? [testTrace(test.spans, testTraceId(test), place)]
      : [];
  return [...own, ...namedTraces(test, place)];
}

/** The same for a test of a rule over many traces, where each outermost span is a trace of its own. */
export function testTracesApart(test: TestItem, startNs: bigint): readonly Trace[] {
  const place = placeOf(test, startNs);
  const own = test.spans.map((span, n) => testTrace([span], (n + 1).toString(16).padStart(32, '0'), place));
  return [...own, ...namedTraces(test, place)];
}

function placeOf(test: TestItem, startNs: bigint): TestPlace {
  const named = test.traces.map(({ name, spans }): readonly [string, LinkedSpan] => [
    name.value,
    { traceId: namedTraceId(test, name.value), spanId: firstSpanId(spans) },
  ]);
  return { startNs, named: new Map(named) };
}

function namedTraces(test: TestItem, { startNs, named }: TestPlace): readonly Trace[] {
  return test.traces.map(({ name, start, spans }) =>
    testTrace(spans, namedTraceId(test, name.value), { startNs: startNs + (start?.value ?? 0n), named }),
  );
}

function namedTraceId(test: TestItem, name: string): string {
  return createHash('sha256')
    .update(JSON.stringify([testTraceId(test), name]))
    .digest('hex')
    .slice(0, 32);
}

function firstSpanId(spans: readonly TestSpan[]): string {
  return spans.length === 0 ? '' : testTrace(spans, '').spans[0]!.spanId;
}

function addSpan(span: TestSpan, parentSpanId: string, spans: Span[], place: TestPlace): void {
  const own = new Map<string, AttributeValue>();
  const resource = new Map<string, AttributeValue>([['service.name', span.service.text]]);
  const scope = { name: '', version: '', attributes: new Map<string, AttributeValue>() };
  const events: SpanEvent[] = [];
  const links: SpanLink[] = [];
  const start = place.startNs + span.start.value;
  const built = {
    spanId: (spans.length + 1).toString(16).padStart(16, '0'),
    parentSpanId,
    name: span.name.value,
    kind: 'internal' as Span['kind'],
    status: 'unset' as Span['status'],
    statusMessage: '',
    start,
    duration: span.end.value - span.start.value,
    resource,
    attributes: own,
    scope,
    events,
    links,
  };
  spans.push(built);
  for (const entry of span.entries) {
    if (entry.kind === 'event')
      events.push({
        name: entry.name.value,
        timeSinceStart: entry.at?.value ?? 0n,
        attributes: attributesOf(entry.attributes),
      });
    if (entry.kind === 'link')
      links.push({ ...linkedSpan(entry, place), attributes: attributesOf(entry.attributes) });
    if (entry.kind === 'attribute') set(entry, built);
  }
  // Children come last: their parent may have been given another id.
  for (const entry of span.entries) if (entry.kind === 'span') addSpan(entry, built.spanId, spans, place);
}

function linkedSpan({ traceId, spanId }: TestLink, { named }: TestPlace): LinkedSpan {
  const known = spanId === undefined ? named.get(traceId.value) : undefined;
  return (
    known ?? {
      traceId: traceId.value.toLowerCase().padStart(32, '0'),
      spanId: (spanId?.value ?? '').toLowerCase().padStart(16, '0'),
    }
  );
}

interface Settable {
  spanId: string;
  parentSpanId: string;
  kind: Span['kind'];
  status: Span['status'];
  statusMessage: string;
  readonly resource: Map<string, AttributeValue>;
  readonly attributes: Map<string, AttributeValue>;
  readonly scope: { name: string; version: string; readonly attributes: Map<string, AttributeValue> };
}

function set({ field, value }: TestAttribute, span: Settable): void {
  if (field.kind === 'attribute') {
    const where =
      field.scope === 'resource'
        ? span.resource
        : field.scope === 'instrumentation'
          ? span.scope.attributes
          : span.attributes;
    const plain = plainValue(value);
    if (plain !== undefined) where.set(field.key, plain);
    return;
  }
  if (value.kind === 'kind') span.kind = value.value;
  if (value.kind === 'status') span.status = value.value;
  if (value.kind !== 'string') return;
  switch (field.name) {
    case 'span:statusMessage':
      span.statusMessage = value.value;
      return;
    case 'span:id':
      span.spanId = idOf(value.value);
      return;
    case 'span:parentID':
      span.parentSpanId = idOf(value.value);
      return;
    case 'instrumentation:name':
      span.scope.name = value.value;
      return;
    case 'instrumentation:version':
      span.scope.version = value.value;
      return;
    default:
      return; // the checker refuses the others
  }
}

/** A span id of 16 lower-case digits; zeros are no id. */
function idOf(text: string): string {
  return /^0*$/.test(text) ? '' : text.toLowerCase().padStart(16, '0');
}

function attributesOf(attributes: readonly TestAttribute[]): ReadonlyMap<string, AttributeValue> {
  const values = new Map<string, AttributeValue>();
  for (const { field, value } of attributes) {
    const plain = plainValue(value);
    if (field.kind === 'attribute' && plain !== undefined) values.set(field.key, plain);
  }
  return values;
}

function plainValue(value: Literal | ListValue): AttributeValue | undefined {
  if (value.kind !== 'list') return scalar(value);
  return value.items.map(scalar).filter((item) => item !== undefined);
}

/** `nil` is an attribute that is not there; a status or kind is not an attribute's value. */
function scalar(literal: Literal): ScalarValue | undefined {
  switch (literal.kind) {
    case 'string':
    case 'int':
    case 'float':
    case 'duration':
    case 'time':
    case 'bool':
      return literal.value;
    default:
      return undefined;
  }
}
