/** Makes the trace of a row out of its columns: what Tempo's `parquetTraceToTempopbTrace` (schema.go) does. */
import type { Footer } from '../flatten/parquet/footer.js';
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
    return numbers(this.row.elements('rs', 0)).map((position) => ({
      resource: {
        attributes: this.attributes.read('resource', position),
        droppedAttributesCount: this.count('rs.Resource.DroppedAttributesCount', position),
      },
      scopeSpans: numbers(this.row.elements('rs.ss', position)).map((scope) => this.scopeSpans(scope)),
    }));
  }

  private scopeSpans(position: number): ScopeSpans {
    return {
      scope: {
        name: this.text('rs.ss.Scope.Name', position),
        version: this.text('rs.ss.Scope.Version', position),
        attributes: this.attributes.read('instrumentation', position),
        droppedAttributesCount: this.count('rs.ss.Scope.DroppedAttributesCount', position),
      },
      spans: numbers(this.row.elements(SPAN, position)).map((span) => this.span(span)),
    };
  }

  private span(position: number): TraceSpan {
    const start = this.unsigned(`${SPAN}.StartTimeUnixNano`, position);
    return {
      spanId: this.id(`${SPAN}.SpanID`, position),
      parentSpanId: this.id(`${SPAN}.ParentSpanID`, position),
      traceState: this.text(`${SPAN}.TraceState`, position),
      name: this.text(`${SPAN}.Name`, position),
      kind: this.count(`${SPAN}.Kind`, position),
      startTimeUnixNano: start,
      endTimeUnixNano: BigInt.asUintN(64, start + this.unsigned(`${SPAN}.DurationNano`, position)),
      attributes: this.attributes.read('span', position),
      droppedAttributesCount: this.count(`${SPAN}.DroppedAttributesCount`, position),
      events: numbers(this.row.elements(EVENT, position)).map((event) => this.event(event, start)),
      droppedEventsCount: this.count(`${SPAN}.DroppedEventsCount`, position),
      links: this.links(position),
      droppedLinksCount: this.count(`${SPAN}.DroppedLinksCount`, position),
      status: {
        code: this.count(`${SPAN}.StatusCode`, position),
        message: this.text(`${SPAN}.StatusMessage`, position),
      },
    };
  }

  private event(position: number, spanStart: bigint): TraceEvent {
    // vParquet3 has the time itself.
    const absolute = this.row.value(`${EVENT}.TimeUnixNano`, position);
    return {
      timeUnixNano:
        typeof absolute === 'bigint'
          ? BigInt.asUintN(64, absolute)
          : BigInt.asUintN(64, spanStart + this.unsigned(`${EVENT}.TimeSinceStartNano`, position)),
      name: this.text(`${EVENT}.Name`, position),
      attributes: this.attributes.read('event', position),
      droppedAttributesCount: this.count(`${EVENT}.DroppedAttributesCount`, position),
    };
  }

  private links(span: number): readonly TraceLink[] {
    // vParquet3 has the links of a span as one protobuf message.
    const message = this.row.value(LINK, span);
    if (message instanceof Uint8Array) return linksOfProto(message);
    return numbers(this.row.elements(LINK, span)).map((position) => ({
      traceId: this.id(`${LINK}.TraceID`, position),
      spanId: this.id(`${LINK}.SpanID`, position),
      traceState: this.text(`${LINK}.TraceState`, position),
      attributes: this.attributes.read('link', position),
      droppedAttributesCount: this.count(`${LINK}.DroppedAttributesCount`, position),
    }));
  }

  private text(path: string, position: number): string {
    const value = this.row.value(path, position);
    return value instanceof Uint8Array ? textOf(value) : '';
  }

  private id(path: string, position: number): string {
    const value = this.row.value(path, position);
    return value instanceof Uint8Array ? hexOf(value) : '';
  }

  private unsigned(path: string, position: number): bigint {
    const value = this.row.value(path, position);
    return typeof value === 'bigint' ? BigInt.asUintN(64, value) : 0n;
  }

  /** A small number, whatever its width. */
  private count(path: string, position: number): number {
    return Number(this.row.value(path, position) ?? 0);
  }
}

function numbers({ from, to }: Elements): readonly number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}
