/** What the endpoints need answered, in terms of the engine; `stored-backend.ts` answers from stored blocks. */

import type { RunnableQuery } from '../../engine/language/link/load-query.js';
import type {
  MetricsQuery,
  ViolationMetrics,
  ViolationsQuery,
} from '../../engine/language/tree/ast-query.js';
import type { MetricsResult } from '../../engine/query/metrics-result.js';
import type { SearchResult } from '../../engine/query/search-result.js';
import type { TagScope, TagsResult, TagValuesResult } from '../../engine/query/tags-result.js';
import type { TraceResult } from '../../engine/query/trace-result.js';
import type { Call } from '../http/call.js';
import type { TagParams } from './params/tags-params.js';
import type { TimeRange } from './params/times.js';

/** Those that are answered trace by trace. */
export type SpansQuery = Extract<RunnableQuery, { kind: 'search' | 'violations' | 'rule' }>;

/** Those that are answered by series: of spans, of violations, of violated windows. */
export type SeriesQuery =
  | MetricsQuery
  | (ViolationsQuery & { readonly metrics: ViolationMetrics })
  | Extract<RunnableQuery, { kind: 'over rule' }>;

export interface SearchQuestion {
  readonly query: SpansQuery;
  /** Of the query, for messages. */
  readonly text: string;
  readonly range?: TimeRange;
  readonly limit: number;
  readonly spansPerSpanset: number;
}

export interface MetricsQuestion {
  readonly query: SeriesQuery;
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

export interface TagValuesQuestion extends TagParams {
  /** As TraceQL spells it: `.service.name`, `span.http.route`, `status`; or the bare name of an attribute of any scope. */
  readonly tag: string;
}

/** Rejects with `HttpError` for what the client can change. */
export interface TempoBackend {
  search(call: Call, question: SearchQuestion): Promise<SearchResult>;
  metrics(call: Call, question: MetricsQuestion): Promise<MetricsResult>;
  trace(call: Call, question: TraceQuestion): Promise<TraceResult>;
  tagNames(call: Call, question: TagNamesQuestion): Promise<TagsResult>;
  tagValues(call: Call, question: TagValuesQuestion): Promise<TagValuesResult>;
  /** When the newest stored span ended, in nanoseconds since the Unix epoch; now, where nothing is stored. */
  newest(call: Call): Promise<bigint>;
}
