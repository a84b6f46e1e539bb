import type { TagsResult, TagValuesResult } from '../../../engine/query/tags-result.js';
import type { Call } from '../../http/call.js';
import type { TempoContext } from '../context.js';
import { metadataMetrics } from '../encode/inspected.js';
import type { Parameters } from '../params/parameters.js';
import { scopeOf, type TagParams, tagParams } from '../params/tags-params.js';
import type {
  SearchTagsResponse,
  SearchTagsV2Response,
  SearchTagValuesResponse,
  SearchTagValuesV2Response,
} from '../proto/tempopb-tags.js';
import { searchRange } from '../ranges.js';

/** `/api/v2/search/tags`: by scope. */
export async function answerTagsV2(
  context: TempoContext,
  call: Call,
  parameters: Parameters,
): Promise<SearchTagsV2Response> {
  const { scopes, inspected } = await namesOf(context, call, parameters);
  const named = scopes.map(({ scope, tags }) => ({ name: scope, tags: tags.map(({ name }) => name) }));
  return { scopes: named, metrics: metadataMetrics(inspected) };
}

/** `/api/search/tags`: names of attributes, whatever their scope; those of intrinsics only on request. */
export async function answerTagsV1(
  context: TempoContext,
  call: Call,
  parameters: Parameters,
): Promise<SearchTagsResponse> {
  const { scopes, inspected } = await namesOf(context, call, parameters);
  const asked = scopeOf(parameters);
  const named = scopes.filter(({ scope }) => scope !== 'intrinsic' || asked === 'intrinsic');
  const names = new Set(named.flatMap(({ tags }) => tags.map(({ name }) => name)));
  return { tagNames: [...names].sort(), metrics: metadataMetrics(inspected) };
}

/** `/api/v2/search/tag/{tag}/values`: with types. */
export async function answerTagValuesV2(
  context: TempoContext,
  call: Call,
  parameters: Parameters,
  tag: string,
): Promise<SearchTagValuesV2Response> {
  const { values, inspected } = await valuesOf(context, call, parameters, tag);
  const tagValues = values.map(({ type, value }) => ({ type, value }));
  return { tagValues, metrics: metadataMetrics(inspected) };
}

/** `/api/search/tag/{tag}/values`: as text. */
export async function answerTagValuesV1(
  context: TempoContext,
  call: Call,
  parameters: Parameters,
  tag: string,
): Promise<SearchTagValuesResponse> {
  const { values, inspected } = await valuesOf(context, call, parameters, tag);
  return { tagValues: [...new Set(values.map(({ value }) => value))], metrics: metadataMetrics(inspected) };
}

async function namesOf(context: TempoContext, call: Call, parameters: Parameters): Promise<TagsResult> {
  const params = await tagQuestion(context, call, parameters);
  const scope = scopeOf(parameters);
  return await context.backend.tagNames(call, { ...params, ...(scope && { scope }) });
}

async function valuesOf(
  context: TempoContext,
  call: Call,
  parameters: Parameters,
  tag: string,
): Promise<TagValuesResult> {
  const params = await tagQuestion(context, call, parameters);
  return await context.backend.tagValues(call, { ...params, tag });
}

async function tagQuestion(
  { backend, config }: TempoContext,
  call: Call,
  parameters: Parameters,
): Promise<TagParams> {
  const { range: given, ...params } = tagParams(parameters);
  const range = await searchRange(given, config.query, () => backend.newest(call));
  return { ...params, ...(range && { range }) };
}
