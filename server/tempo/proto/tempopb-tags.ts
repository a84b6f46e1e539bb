/** The answers about names and values of attributes; sources as in `tempopb.ts`. */
import { embedded, listed, type Message, message, repeated, string, uint32, uint64 } from './message.js';

export interface MetadataMetrics {
  readonly inspectedBytes?: bigint;
  readonly totalJobs?: number;
  readonly completedJobs?: number;
  readonly totalBlocks?: number;
  readonly totalBlockBytes?: bigint;
}

const METADATA_METRICS = message<MetadataMetrics>('MetadataMetrics', {
  inspectedBytes: uint64(1),
  totalJobs: uint32(2),
  completedJobs: uint32(3),
  totalBlocks: uint32(4),
  totalBlockBytes: uint64(5),
});

export interface SearchTagsResponse {
  readonly tagNames?: readonly string[];
  readonly metrics?: MetadataMetrics;
}

export const SEARCH_TAGS_RESPONSE: Message<SearchTagsResponse> = message<SearchTagsResponse>(
  'SearchTagsResponse',
  { tagNames: listed(string(1)), metrics: embedded(2, () => METADATA_METRICS) },
);

export interface SearchTagsV2Response {
  readonly scopes?: readonly SearchTagsV2Scope[];
  readonly metrics?: MetadataMetrics;
}

export interface SearchTagsV2Scope {
  readonly name?: string;
  readonly tags?: readonly string[];
}

const SEARCH_TAGS_V2_SCOPE = message<SearchTagsV2Scope>('SearchTagsV2Scope', {
  name: string(1),
  tags: repeated(string(2)),
});

export const SEARCH_TAGS_V2_RESPONSE: Message<SearchTagsV2Response> = message<SearchTagsV2Response>(
  'SearchTagsV2Response',
  {
    scopes: listed(embedded(1, () => SEARCH_TAGS_V2_SCOPE)),
    metrics: embedded(2, () => METADATA_METRICS),
  },
);

export interface SearchTagValuesResponse {
  readonly tagValues?: readonly string[];
  readonly metrics?: MetadataMetrics;
}

export const SEARCH_TAG_VALUES_RESPONSE: Message<SearchTagValuesResponse> = message<SearchTagValuesResponse>(
  'SearchTagValuesResponse',
  { tagValues: listed(string(1)), metrics: embedded(2, () => METADATA_METRICS) },
);

export interface SearchTagValuesV2Response {
  readonly tagValues?: readonly TagValue[];
  readonly metrics?: MetadataMetrics;
}

export interface TagValue {
  /** `string`, `int`, `float`, `bool`, `duration` or `keyword`. */
  readonly type?: string;
  readonly value?: string;
}

const TAG_VALUE = message<TagValue>('TagValue', { type: string(1), value: string(2) });

export const SEARCH_TAG_VALUES_V2_RESPONSE: Message<SearchTagValuesV2Response> =
  message<SearchTagValuesV2Response>('SearchTagValuesV2Response', {
    tagValues: listed(embedded(1, () => TAG_VALUE)),
    metrics: embedded(2, () => METADATA_METRICS),
  });
