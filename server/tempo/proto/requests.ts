/** The questions of `tempopb.StreamingQuerier`; sources as in `tempopb.ts`. Fields that are only for Tempo's own parts are left out. */
import { embedded, type Message, message, repeated, string, uint32, uint64 } from './message.js';

export interface SearchRequest {
  readonly Tags?: readonly Tag[];
  readonly MinDurationMs?: number;
  readonly MaxDurationMs?: number;
  readonly Limit?: number;
  readonly start?: number;
  readonly end?: number;
  readonly Query?: string;
  readonly SpansPerSpanSet?: number;
}

/** On the wire a map is a list of such. */
interface Tag {
  readonly key?: string;
  readonly value?: string;
}

const TAG = message<Tag>('SearchRequest.TagsEntry', { key: string(1), value: string(2) });

export const SEARCH_REQUEST: Message<SearchRequest> = message<SearchRequest>('SearchRequest', {
  Tags: repeated(embedded(1, () => TAG)),
  MinDurationMs: uint32(2),
  MaxDurationMs: uint32(3),
  Limit: uint32(4),
  start: uint32(5),
  end: uint32(6),
  Query: string(8),
  SpansPerSpanSet: uint32(9),
});

export interface SearchTagsRequest {
  readonly scope?: string;
  readonly query?: string;
  readonly start?: number;
  readonly end?: number;
  readonly maxTagsPerScope?: number;
}

export const SEARCH_TAGS_REQUEST: Message<SearchTagsRequest> = message<SearchTagsRequest>(
  'SearchTagsRequest',
  { scope: string(1), query: string(2), start: uint32(3), end: uint32(4), maxTagsPerScope: uint32(5) },
);

export interface SearchTagValuesRequest {
  readonly tagName?: string;
  readonly query?: string;
  readonly start?: number;
  readonly end?: number;
  readonly maxTagValues?: number;
}

export const SEARCH_TAG_VALUES_REQUEST: Message<SearchTagValuesRequest> = message<SearchTagValuesRequest>(
  'SearchTagValuesRequest',
  { tagName: string(1), query: string(2), start: uint32(4), end: uint32(5), maxTagValues: uint32(6) },
);

/** Times and the step in nanoseconds. */
export interface QueryRangeRequest {
  readonly query?: string;
  readonly start?: bigint;
  readonly end?: bigint;
  readonly step?: bigint;
  readonly exemplars?: number;
}

export const QUERY_RANGE_REQUEST: Message<QueryRangeRequest> = message<QueryRangeRequest>(
  'QueryRangeRequest',
  { query: string(1), start: uint64(2), end: uint64(3), step: uint64(4), exemplars: uint32(16) },
);

export interface QueryInstantRequest {
  readonly query?: string;
  readonly start?: bigint;
  readonly end?: bigint;
}

export const QUERY_INSTANT_REQUEST: Message<QueryInstantRequest> = message<QueryInstantRequest>(
  'QueryInstantRequest',
  { query: string(1), start: uint64(2), end: uint64(3) },
);
