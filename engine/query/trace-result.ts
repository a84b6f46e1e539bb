/** One whole trace in the shape of OTLP, before it takes the JSON or protobuf form of any protocol. */
import type { ResourceSpans } from '../blocks/trace/otlp-trace.js';
import type { Inspected } from './search-result.js';

export type {
  AnyValue,
  InstrumentationScope,
  KeyValue,
  ResourceSpans,
  ScopeSpans,
  TraceSpan,
  WithAttributes,
} from '../blocks/trace/otlp-trace.js';

export interface TraceResult {
  /** 32 lower-case hex digits; of every span below. */
  readonly traceId: string;
  /** Empty when no block holds the trace. Every span is here once, whatever the number of fragments and copies. */
  readonly resourceSpans: readonly ResourceSpans[];
  /** Blocks that could not be read may hold more of the trace: the answer is partial when there are any. */
  readonly inspected: Inspected;
}
