/** Names and values of attributes, before they take the shape of any protocol. */
import type { StoredScope } from '../plan/schema.js';
import type { Inspected } from './search-result.js';

export type TagScope = StoredScope | 'intrinsic';

export interface TagsResult {
  /** In the order resource, span, event, link, instrumentation, intrinsic; scopes without any tag are left out. */
  readonly scopes: readonly { readonly scope: TagScope; readonly tags: readonly Tag[] }[];
  /** Whether a limit cut something off. */
  readonly truncated: boolean;
  readonly inspected: Inspected;
}

export interface Tag {
  /** Without its scope: `http.method`; an intrinsic as TraceQL writes it: `span:status`. */
  readonly name: string;
  /** Spans (events, links) that carry it; of intrinsics 0. */
  readonly count: number;
}

export interface TagValuesResult {
  /** The most frequent first, then by value. */
  readonly values: readonly TagValue[];
  readonly truncated: boolean;
  readonly inspected: Inspected;
}

export type TagValueType = 'string' | 'int' | 'float' | 'bool' | 'duration' | 'keyword';

export interface TagValue {
  readonly type: TagValueType;
  /** As TraceQL would have it, a text without its quotes: `200`, `1.5`, `true`, `1.5s`, `error`. Foreign text. */
  readonly value: string;
  /** Spans (events, links) that have it; of an intrinsic's fixed values perhaps 0. */
  readonly count: number;
}
