import type { Request, Response } from 'express';
import type { TagsResult, TagValuesResult } from '../../../engine/query/tags-result.js';
import type { Call } from '../../http/call.js';
import type { TempoContext } from '../context.js';
import { metadataMetrics } from '../encode/inspected.js';
import { type Parameters, parametersOf } from '../params/parameters.js';
import { scopeOf, type TagParams, tagParams } from '../params/tags-params.js';
import {
  SEARCH_TAG_VALUES_RESPONSE,
  SEARCH_TAG_VALUES_V2_RESPONSE,
  SEARCH_TAGS_RESPONSE,
  SEARCH_TAGS_V2_RESPONSE,
} from '../proto/tempopb-tags.js';
import { searchRange } from '../ranges.js';
import { sendMessage } from '../respond.js';

/** `/api/v2/search/tags`: by scope. */
export async function tagsV2(
  context: TempoContext,
  call: Call,
  request: Request,
  response: Response,
): Promise<void> {
  const { scopes, inspected } = await namesOf(context, call, request);
  const metrics = metadataMetrics(inspected);
  const named = scopes.map(({ scope, tags }) => ({ name: scope, tags: tags.map(({ name }) => name) }));
  await sendMessage(request, response, SEARCH_TAGS_V2_RESPONSE, { scopes: named, metrics });
}

/** `/api/search/tags`: names of attributes, whatever their scope; those of intrinsics only on request. */
export async function tagsV1(
  context: TempoContext,
  call: Call,
  request: Request,
  response: Response,
): Promise<void> {
  const { scopes, inspected } = await namesOf(context, call, request);
  const asked = scopeOf(parametersOf(request));
  const named = scopes.filter(({ scope }) => scope !== 'intrinsic' || asked === 'intrinsic');
  const names = [...new Set(named.flatMap(({ tags }) => tags.map(({ name }) => name)))].sort();
  const metrics = metadataMetrics(inspected);
  await sendMessage(request, response, SEARCH_TAGS_RESPONSE, { tagNames: names, metrics });
}

/** `/api/v2/search/tag/{tag}/values`: with types. */
export async function tagValuesV2(
  context: TempoContext,
  call: Call,
  request: Request,
  response: Response,
): Promise<void> {
  const { values, inspected } = await valuesOf(context, call, request);
  const tagValues = values.map(({ type, value }) => ({ type, value }));
  const metrics = metadataMetrics(inspected);
  await sendMessage(request, response, SEARCH_TAG_VALUES_V2_RESPONSE, { tagValues, metrics });
}

/** `/api/search/tag/{tag}/values`: as text. */
export async function tagValuesV1(
  context: TempoContext,
  call: Call,
  request: Request,
  response: Response,
): Promise<void> {
  const { values, inspected } = await valuesOf(context, call, request);
  const texts = [...new Set(values.map(({ value }) => value))];
  const metrics = metadataMetrics(inspected);
  await sendMessage(request, response, SEARCH_TAG_VALUES_RESPONSE, { tagValues: texts, metrics });
}

async function namesOf({ backend, config }: TempoContext, call: Call, request: Request): Promise<TagsResult> {
  const parameters = parametersOf(request);
  const params = await tagQuestion({ backend, config }, call, parameters);
  const scope = scopeOf(parameters);
  return await backend.tagNames(call, { ...params, ...(scope && { scope }) });
}

async function valuesOf(
  { backend, config }: TempoContext,
  call: Call,
  request: Request,
): Promise<TagValuesResult> {
  const params = await tagQuestion({ backend, config }, call, parametersOf(request));
  return await backend.tagValues(call, { ...params, tag: tagOf(request) });
}

async function tagQuestion(
  { backend, config }: Pick<TempoContext, 'backend' | 'config'>,
  call: Call,
  parameters: Parameters,
): Promise<TagParams> {
  const { range: given, ...params } = tagParams(parameters);
  const range = await searchRange(given, config.query, () => backend.newest(call));
  return { ...params, ...(range && { range }) };
}

/** Names of attributes may hold slashes, which make several parts of the path. */
function tagOf(request: Request): string {
  const parts: unknown = request.params.tag;
  return Array.isArray(parts) ? parts.join('/') : String(parts);
}
