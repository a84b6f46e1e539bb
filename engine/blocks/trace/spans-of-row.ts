/** Makes the trace of a row out of its columns: what Tempo's `parquetTraceToTempopbTrace` (schema.go) does. */
import type { Footer } from '../flatten/footer.js';
import type { BlockMeta } from '../meta.js';
import { AttributeReader } from './attributes-of-row.js';
import type { ResourceSpans, ScopeSpans, TraceEvent, TraceLink, TraceSpan } from './otlp-trace.js';
import { hexOf, linksOfProto, textOf } from './stored-values.js';
import type { Elements, TraceRow } from './trace-row.js';

/** Throws `CorruptError`, `ForeignFileError`. */
export function spansOfRow(row: TraceRow, footer: Footer, block: BlockMeta): readonly ResourceSpans[] {
  return new RowReader(row, new AttributeReader(row, footer, block)).trace();
}

const SPAN = 'rs.ss.Spans';
const EVENT = `${SPAN}.Events`;
const LINK = `${SPAN}.Links`;

class RowReader {
  constructor(
    private readonly row: TraceRow,
    private readonly attributes: AttributeReader,
  ) {}

  trace(): readonly ResourceSpans[] {
    return numbers(this.row.elements('rs', 0)).map((at) => ({
      resource: {
        attributes: this.attributes.read('resource', at),
        droppedAttributesCount: this.count('rs.Resource.DroppedAttributesCount', at),
      },
      scopeSpans: numbers(this.row.elements('rs.ss', at)).map((scope) => this.scopeSpans(scope)),
    }));
  }

  private scopeSpans(at: number): ScopeSpans {
    return {
      scope: {
        name: this.text('rs.ss.Scope.Name', at),
        version: this.text('rs.ss.Scope.Version', at),
        attributes: this.attributes.read('instrumentation', at),
        droppedAttributesCount: this.count('rs.ss.Scope.DroppedAttributesCount', at),
      },
      spans: numbers(this.row.elements(SPAN, at)).map((span) => this.span(span)),
    };
  }

  private span(at: number): TraceSpan {
    const start = this.unsigned(`${SPAN}.StartTimeUnixNano`, at);
    return {
      spanId: this.id(`${SPAN}.SpanID`, at),
      parentSpanId: this.id(`${SPAN}.ParentSpanID`, at),
      traceState: this.text(`${SPAN}.TraceState`, at),
      name: this.text(`${SPAN}.Name`, at),
      kind: this.count(`${SPAN}.Kind`, at),
      startTimeUnixNano: start,
      endTimeUnixNano: BigInt.asUintN(64, start + this.unsigned(`${SPAN}.DurationNano`, at)),
      attributes: this.attributes.read('span', at),
      droppedAttributesCount: this.count(`${SPAN}.DroppedAttributesCount`, at),
      events: numbers(this.row.elements(EVENT, at)).map((event) => this.event(event, start)),
      droppedEventsCount: this.count(`${SPAN}.DroppedEventsCount`, at),
      links: this.links(at),
      droppedLinksCount: this.count(`${SPAN}.DroppedLinksCount`, at),
      status: { code: this.count(`${SPAN}.StatusCode`, at), message: this.text(`${SPAN}.StatusMessage`, at) },
    };
  }

  private event(at: number, spanStart: bigint): TraceEvent {
    // vParquet3 has the time itself.
    const absolute = this.row.value(`${EVENT}.TimeUnixNano`, at);
    return {
      timeUnixNano:
        typeof absolute === 'bigint'
          ? BigInt.asUintN(64, absolute)
          : BigInt.asUintN(64, spanStart + this.unsigned(`${EVENT}.TimeSinceStartNano`, at)),
      name: this.text(`${EVENT}.Name`, at),
      attributes: this.attributes.read('event', at),
      droppedAttributesCount: this.count(`${EVENT}.DroppedAttributesCount`, at),
    };
  }

  private links(span: number): readonly TraceLink[] {
    // vParquet3 has the links of a span as one protobuf message.
    const message = this.row.value(LINK, span);
    if (message instanceof Uint8Array) return linksOfProto(message);
    return numbers(this.row.elements(LINK, span)).map((at) => ({
      traceId: this.id(`${LINK}.TraceID`, at),
      spanId: this.id(`${LINK}.SpanID`, at),
      traceState: this.text(`${LINK}.TraceState`, at),
      attributes: this.attributes.read('link', at),
      droppedAttributesCount: this.count(`${LINK}.DroppedAttributesCount`, at),
    }));
  }

  private text(path: string, at: number): string {
    const value = this.row.value(path, at);
    return value instanceof Uint8Array ? textOf(value) : '';
  }

  private id(path: string, at: number): string {
    const value = this.row.value(path, at);
    return value instanceof Uint8Array ? hexOf(value) : '';
  }

  private unsigned(path: string, at: number): bigint {
    const value = this.row.value(path, at);
    return typeof value === 'bigint' ? BigInt.asUintN(64, value) : 0n;
  }

  /** A small number, whatever its width. */
  private count(path: string, at: number): number {
    return Number(this.row.value(path, at) ?? 0);
  }
}

function numbers({ from, to }: Elements): readonly number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}
