/** Traces as rows of a block, as Tempo writes them: what it numbers, and what it takes for the root, are its own. */
import type { BlockFormat } from '../../engine/blocks/block-formats.js';
import { attributesOfPairs, pairsOf, serviceName, valuesOf } from '../../engine/otlp/attributes.js';
import type { Attributes, AttributeValue, ScalarValue, Span, Trace } from '../../engine/otlp/model.js';
import { anyValueBytes, linksBytes } from './proto-messages.js';

type Row = Readonly<Record<string, unknown>>;

/** What is left of a trace in vParquet3: no lists of spans and resources, which are JSON there, and no attributes of scopes. */
export function inVParquet3({ traceId, spans }: Trace): Trace {
  const withoutLists = (attributes: Attributes): Attributes =>
    attributesOfPairs([...pairsOf(attributes)].filter(([, value]) => typeof value !== 'object'));
  return {
    traceId,
    spans: spans.map((span) => ({
      ...span,
      attributes: withoutLists(span.attributes),
      resource: withoutLists(span.resource),
      scope: { ...span.scope, attributes: new Map() },
    })),
  };
}

/** A row in the shape of `schemaOf` (`blocks/flatten/made-blocks.ts`); copies of spans stay. */
export function tempoRow({ traceId, spans }: Trace, format: BlockFormat): Row {
  const v3 = format === 'vParquet3';
  const numbers = tempoNumbers(spans);
  const root = spans.find((span) => span.parentSpanId === '' && !isReferred(span, traceId));
  const starts = spans.map(({ start }) => start);
  const ends = spans.map(({ start, duration }) => start + duration);
  const none = format === 'vParquet5' ? { String01: [], String02: [], Int01: [] } : {};
  return {
    TraceID: bytesOf(traceId),
    StartTimeUnixNano: [...starts].sort(byNumber)[0],
    EndTimeUnixNano: [...ends].sort(byNumber).at(-1),
    RootServiceName: root === undefined ? '' : serviceOf(root),
    RootSpanName: root?.name ?? '',
    rs: spans.map((span, n) => ({
      Resource: {
        ServiceName: serviceOf(span),
        Attrs: plainAttrs(
          span.resource,
          (key, value) => !(key === 'service.name' && typeof value === 'string'),
        ),
        DedicatedAttributes: none,
      },
      ss: [
        {
          Scope: {
            Name: span.scope.name,
            Version: span.scope.version,
            Attrs: plainAttrs(span.scope.attributes),
          },
          Spans: [{ ...spanRow(span), ...numbers[n], DedicatedAttributes: none }],
        },
      ],
    })),
  };

  function plainAttrs(attributes: Attributes, wanted?: Wanted): readonly Row[] {
    return attrsOf(attributes, wanted, v3);
  }

  function spanRow(span: Span): Row {
    return {
      SpanID: bytesOf(span.spanId),
      ParentSpanID: bytesOf(span.parentSpanId),
      Name: span.name,
      Kind: BigInt(KINDS.indexOf(span.kind)),
      StartTimeUnixNano: span.start,
      DurationNano: span.duration,
      StatusCode: BigInt(STATUSES.indexOf(span.status)),
      StatusMessage: span.statusMessage,
      Attrs: plainAttrs(span.attributes),
      Events: span.events.map(({ name, timeSinceStart, attributes }) => ({
        ...(v3 ? { TimeUnixNano: span.start + timeSinceStart } : { TimeSinceStartNano: timeSinceStart }),
        Name: name,
        Attrs: v3 ? messagesOf(attributes) : attrsOf(attributes),
        DedicatedAttributes: none,
      })),
      Links: v3
        ? linksBytes(span.links)
        : span.links.map((link) => ({
            TraceID: bytesOf(link.traceId),
            SpanID: bytesOf(link.spanId),
            Attrs: attrsOf(link.attributes),
          })),
    };
  }
}

const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];
const STATUSES = ['unset', 'ok', 'error'];

function byNumber(a: bigint, b: bigint): number {
  return a < b ? -1 : Number(a > b);
}

function bytesOf(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

function serviceOf({ resource }: Span): string {
  return serviceName(resource);
}

function isReferred({ links }: Span, traceId: string): boolean {
  return links.some(
    (link) =>
      link.traceId === traceId && valuesOf(link.attributes.get('opentracing.ref_type')).includes('child_of'),
  );
}

/** A key that occurs several times is several attributes. */
function attrsOf(attributes: Attributes, wanted: Wanted = () => true, single = false): readonly Row[] {
  return [...pairsOf(attributes)].flatMap(([Key, value]) =>
    wanted(Key, value) ? [single ? singleOf(Key, value) : attrOf(Key, value)] : [],
  );
}

type Wanted = (key: string, value: AttributeValue) => boolean;

function messagesOf(attributes: Attributes): readonly Row[] {
  return [...pairsOf(attributes)].map(([Key, value]) => ({ Key, Value: anyValueBytes(value) }));
}

function singleOf(Key: string, value: AttributeValue): Row {
  return typeof value === 'object' ? { Key } : { Key, [columnOf(value)]: value };
}

function attrOf(Key: string, value: AttributeValue): Row {
  const values = typeof value === 'object' ? value : [value];
  return { Key, IsArray: typeof value === 'object', [columnOf(values[0])]: values };
}

function columnOf(value: ScalarValue | undefined): string {
  switch (typeof value) {
    case 'bigint':
      return 'ValueInt';
    case 'number':
      return 'ValueDouble';
    case 'boolean':
      return 'ValueBool';
    default:
      return 'Value';
  }
}

interface TempoNumbers {
  NestedSetLeft: number;
  NestedSetRight: number;
  ParentID: number;
}

/** `nested_set_model.go`: from roots only; of two spans with the parent's id by kind, and none where three share one. */
function tempoNumbers(spans: readonly Span[]): readonly TempoNumbers[] {
  const numbers = spans.map((): TempoNumbers => ({ NestedSetLeft: 0, NestedSetRight: 0, ParentID: 0 }));
  const carriers = (id: string): readonly number[] =>
    spans.flatMap(({ spanId }, n) => (spanId === id ? [n] : []));
  if (spans.some(({ spanId }) => carriers(spanId).length > 2)) return numbers;
  const parentOf = ({ parentSpanId, kind }: Span): number | undefined => {
    const found = carriers(parentSpanId);
    const wanted = kind === 'server' ? 'client' : 'server';
    return found.length < 2 ? found[0] : found.find((n) => spans[n]!.kind === wanted);
  };
  let next = 1;
  const visit = (n: number, parent: number): void => {
    const numbersOfSpan = numbers[n]!;
    numbersOfSpan.ParentID = parent;
    numbersOfSpan.NestedSetLeft = next++;
    for (const [child, span] of spans.entries())
      if (span.parentSpanId !== '' && parentOf(span) === n) visit(child, numbersOfSpan.NestedSetLeft);
    numbersOfSpan.NestedSetRight = next++;
  };
  for (const [n, span] of spans.entries()) if (span.parentSpanId === '') visit(n, -1);
  return numbers;
}
