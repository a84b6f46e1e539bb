/** The methods of `tempopb.StreamingQuerier`: what each takes, how it is answered, and how the answer is cut into messages. */
import type { Call } from '../../http/call.js';
import type { TempoContext } from '../context.js';
import { answerQueryInstant, answerQueryRange } from '../endpoints/metrics.js';
import { answerSearch } from '../endpoints/search.js';
import { answerTagsV1, answerTagsV2, answerTagValuesV1, answerTagValuesV2 } from '../endpoints/tags.js';
import type { Message } from '../proto/message.js';
import { decodeMessage } from '../proto/read.js';
import {
  QUERY_INSTANT_REQUEST,
  QUERY_RANGE_REQUEST,
  SEARCH_REQUEST,
  SEARCH_TAG_VALUES_REQUEST,
  SEARCH_TAGS_REQUEST,
} from '../proto/requests.js';
import { QUERY_INSTANT_RESPONSE, QUERY_RANGE_RESPONSE, SEARCH_RESPONSE } from '../proto/tempopb.js';
import {
  SEARCH_TAG_VALUES_RESPONSE,
  SEARCH_TAG_VALUES_V2_RESPONSE,
  SEARCH_TAGS_RESPONSE,
  SEARCH_TAGS_V2_RESPONSE,
} from '../proto/tempopb-tags.js';
import { encodeMessage } from '../proto/write.js';
import { packets } from './packets.js';
import {
  queryInstantParameters,
  queryRangeParameters,
  searchParameters,
  tagsParameters,
  tagValuesParameters,
} from './request-parameters.js';

/** From the bytes of a question to those of the messages of its answer. Rejects with `HttpError`, or throws on broken bytes. */
export type Method = (
  context: TempoContext,
  call: Call,
  request: Uint8Array,
) => Promise<readonly Uint8Array[]>;

function method<Q, A extends object>(
  requestType: Message<Q>,
  responseType: Message<A>,
  list: keyof A & string,
  answer: (context: TempoContext, call: Call, request: Q) => Promise<A>,
): Method {
  return async (context, call, bytes) => {
    const whole = await answer(context, call, decodeMessage(requestType, bytes));
    return packets(responseType, whole, list).map((part) => encodeMessage(responseType, part));
  };
}

export const METHODS: Readonly<Record<string, Method>> = {
  Search: method(SEARCH_REQUEST, SEARCH_RESPONSE, 'traces', (context, call, request) =>
    answerSearch(context, call, searchParameters(request)),
  ),
  SearchTags: method(SEARCH_TAGS_REQUEST, SEARCH_TAGS_RESPONSE, 'tagNames', (context, call, request) =>
    answerTagsV1(context, call, tagsParameters(request)),
  ),
  SearchTagsV2: method(SEARCH_TAGS_REQUEST, SEARCH_TAGS_V2_RESPONSE, 'scopes', (context, call, request) =>
    answerTagsV2(context, call, tagsParameters(request)),
  ),
  SearchTagValues: method(
    SEARCH_TAG_VALUES_REQUEST,
    SEARCH_TAG_VALUES_RESPONSE,
    'tagValues',
    (context, call, request) =>
      answerTagValuesV1(context, call, tagValuesParameters(request), request.tagName ?? ''),
  ),
  SearchTagValuesV2: method(
    SEARCH_TAG_VALUES_REQUEST,
    SEARCH_TAG_VALUES_V2_RESPONSE,
    'tagValues',
    (context, call, request) =>
      answerTagValuesV2(context, call, tagValuesParameters(request), request.tagName ?? ''),
  ),
  MetricsQueryRange: method(QUERY_RANGE_REQUEST, QUERY_RANGE_RESPONSE, 'series', (context, call, request) =>
    answerQueryRange(context, call, queryRangeParameters(request)),
  ),
  MetricsQueryInstant: method(
    QUERY_INSTANT_REQUEST,
    QUERY_INSTANT_RESPONSE,
    'series',
    (context, call, request) => answerQueryInstant(context, call, queryInstantParameters(request)),
  ),
};
