/** What a search found, before it takes the shape of any protocol. */
import type { BlockProblem } from '../blocks/problem.js';
import type { NamedValue } from '../otlp/named-value.js';

export interface SearchResult {
  /** Newest first by start, then by trace id; at most the limit of the search. */
  readonly traces: readonly FoundTrace[];
  readonly inspected: Inspected;
}

/** What a question was answered from. */
export interface Inspected {
  readonly traces: number;
  readonly spans: number;
  /** Of the blocks read, in storage. */
  readonly bytes: number;
  readonly blocks: number;
  /** Blocks that could not be read: the answer is partial when there are any. */
  readonly unread: readonly BlockProblem[];
}

export interface FoundTrace {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  /** Absent where no root span is known. */
  readonly rootService?: string;
  readonly rootName?: string;
  /** Nanoseconds since the Unix epoch. */
  readonly start: bigint;
  /** Nanoseconds. */
  readonly duration: bigint;
  readonly services: ReadonlyMap<string, { readonly spans: number; readonly errors: number }>;
  /** One, or one for each group of `by`. */
  readonly spansets: readonly FoundSpanset[];
}

export interface FoundSpanset {
  /** How many spans match, of which `spans` lists the first by start, at most as many as asked for. */
  readonly matched: number;
  /** What `by` and aggregates made: `by(resource.service.name)`, `avg(duration)`. */
  readonly attributes: readonly NamedValue[];
  readonly spans: readonly FoundSpan[];
}

export interface FoundSpan {
  /** 16 lower-case hex digits. */
  readonly spanId: string;
  readonly name: string;
  /** Nanoseconds since the Unix epoch. */
  readonly start: bigint;
  /** Nanoseconds. */
  readonly duration: bigint;
  /** What the query mentions or selects and the span has, by name. */
  readonly attributes: readonly NamedValue[];
}
