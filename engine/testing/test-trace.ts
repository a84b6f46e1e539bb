import { createHash } from 'node:crypto';
import type { ListValue, Literal, TestAttribute, TestItem, TestSpan } from '../language/tree/ast.js';
import type { AttributeValue, ScalarValue, Span, SpanEvent, SpanLink, Trace } from '../otlp/model.js';

/** Test traces start here: late enough for spans that start before their trace does. */
const EPOCH = 1_700_000_000_000_000_000n;

/** The id of the trace that a `test` block describes: 32 hex digits, of any look, the same as long as rule and title are. */
export function testTraceId({ rule, title }: TestItem): string {
  return createHash('sha256')
    .update(JSON.stringify([rule.text, title.value]))
    .digest('hex')
    .slice(0, 32);
}

/** The trace that the spans of a `test` block describe. */
export function testTrace(test: TestItem, traceId: string): Trace {
  const spans: Span[] = [];
  for (const span of test.spans) addSpan(span, '', spans);
  return { traceId, spans };
}

function addSpan(span: TestSpan, parentSpanId: string, spans: Span[]): void {
  const own = new Map<string, AttributeValue>();
  const resource = new Map<string, AttributeValue>([['service.name', span.service.text]]);
  const scope = { name: '', version: '', attributes: new Map<string, AttributeValue>() };
  const events: SpanEvent[] = [];
  const links: SpanLink[] = [];
  const start = EPOCH + span.start.value;
  const built = {
    spanId: (spans.length + 1).toString(16).padStart(16, '0'),
    parentSpanId,
    name: span.name.value,
    kind: 'internal' as Span['kind'],
    status: 'unset' as Span['status'],
    statusMessage: '',
    start,
    duration: EPOCH + span.end.value - start,
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
      links.push({
        traceId: entry.traceId.value.toLowerCase().padStart(32, '0'),
        spanId: entry.spanId.value.toLowerCase().padStart(16, '0'),
        attributes: attributesOf(entry.attributes),
      });
    if (entry.kind === 'attribute') set(entry, built);
  }
  // Children come last: their parent may have been given another id.
  for (const entry of span.entries) if (entry.kind === 'span') addSpan(entry, built.spanId, spans);
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
