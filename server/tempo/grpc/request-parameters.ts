/** The questions of gRPC as the parameters of HTTP, so that both are read by one code. Zero is absent, as protobuf has it. */
import { type Parameters, parametersFrom } from '../params/parameters.js';
import type {
  QueryInstantRequest,
  QueryRangeRequest,
  SearchRequest,
  SearchTagsRequest,
  SearchTagValuesRequest,
} from '../proto/requests.js';

export function searchParameters(request: SearchRequest): Parameters {
  const { Query, Tags = [], Limit, SpansPerSpanSet, MinDurationMs, MaxDurationMs, start, end } = request;
  const tags = Tags.map(({ key = '', value = '' }) => `${key}=${JSON.stringify(value)}`).join(' ');
  const [minDuration, maxDuration] = [milliseconds(MinDurationMs), milliseconds(MaxDurationMs)];
  return given({ q: Query, tags, limit: Limit, spss: SpansPerSpanSet, minDuration, maxDuration, start, end });
}

export function tagsParameters({ scope, query, start, end, maxTagsPerScope }: SearchTagsRequest): Parameters {
  return given({ scope, q: query, start, end, limit: maxTagsPerScope });
}

export function tagValuesParameters({ query, start, end, maxTagValues }: SearchTagValuesRequest): Parameters {
  return given({ q: query, start, end, limit: maxTagValues });
}

export function queryRangeParameters(request: QueryRangeRequest): Parameters {
  const { query, start, end, step, exemplars } = request;
  return given({ q: query, start: time(start), end: time(end), step: duration(step), exemplars });
}

export function queryInstantParameters({ query, start, end }: QueryInstantRequest): Parameters {
  return given({ q: query, start: time(start), end: time(end) });
}

function given(values: Readonly<Record<string, string | number | undefined>>): Parameters {
  const entries = Object.entries(values).filter(([, value]) => value !== undefined && value !== 0);
  return parametersFrom(new Map(entries.map(([name, value]) => [name, String(value)])));
}

function milliseconds(value = 0): string | undefined {
  return value === 0 ? undefined : `${value}ms`;
}

/** So long that it cannot be taken for seconds. */
function time(nanoseconds = 0n): string | undefined {
  return nanoseconds === 0n ? undefined : String(nanoseconds).padStart(19, '0');
}

function duration(nanoseconds = 0n): string | undefined {
  return nanoseconds === 0n ? undefined : `${nanoseconds}ns`;
}
