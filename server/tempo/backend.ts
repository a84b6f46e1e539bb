/** What the endpoints need answered, in terms of the engine; `stored-backend.ts` answers from stored blocks. */
import type { MetricsQuery, Query } from '../../engine/language/ast-query.js';
import type { MetricsResult } from '../../engine/query/metrics-result.js';
import type { Inspected, SearchResult } from '../../engine/query/search-result.js';
import type { TraceResult } from '../../engine/query/trace-result.js';
import type { Call } from '../http/call.js';
import type { TagParams, TagScope } from './params/tags-params.js';
import type { TimeRange } from './params/times.js';

/** All but time series. */
export type SpansQuery = Exclude<Query, MetricsQuery>;

export interface SearchQuestion {
  readonly query: SpansQuery;
  /** Of the query, for messages. */
  readonly text: string;
  readonly range?: TimeRange;
  readonly limit: number;
  readonly spansPerSpanset: number;
}

export interface MetricsQuestion {
  readonly query: MetricsQuery;
  readonly text: string;
  readonly range: TimeRange;
  /** Nanoseconds; absent for one value over the whole range. */
  readonly step?: bigint;
  readonly exemplars: number;
}

export interface TraceQuestion {
  /** 32 lower-case hex digits. */
  readonly traceId: string;
  readonly range?: TimeRange;
}

export interface TagNamesQuestion extends TagParams {
  readonly scope?: TagScope;
}

export interface TagNames {
  readonly scopes: readonly { readonly name: TagScope; readonly tags: readonly string[] }[];
  readonly inspected: Inspected;
}

export interface TagValuesQuestion extends TagParams {
  /** As TraceQL spells it: `.service.name`, `span.http.route`, `status`; or the bare name of an attribute of any scope. */
  readonly tag: string;
}

export interface TagValues {
  readonly values: readonly { readonly type: string; readonly value: string }[];
  readonly inspected: Inspected;
}

/** Rejects with `HttpError` for what the client can change. */
export interface TempoBackend {
  search(call: Call, question: SearchQuestion): Promise<SearchResult>;
  metrics(call: Call, question: MetricsQuestion): Promise<MetricsResult>;
  trace(call: Call, question: TraceQuestion): Promise<TraceResult>;
  tagNames(call: Call, question: TagNamesQuestion): Promise<TagNames>;
  tagValues(call: Call, question: TagValuesQuestion): Promise<TagValues>;
  /** When the newest stored span ended, in nanoseconds since the Unix epoch; now, where nothing is stored. */
  newest(call: Call): Promise<bigint>;
}
