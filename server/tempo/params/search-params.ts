import { HttpError } from '../../http/http-error.js';
import { parseDuration } from './duration.js';
import { parseLogfmt } from './logfmt.js';
import { type Parameters, positiveInteger, quoted, wholeNumber } from './parameters.js';
import { tagsQuery } from './tags-query.js';
import { secondsRange, type TimeRange } from './times.js';

export interface SearchParams {
  readonly query: string;
  /** Absent for the default of the service. */
  readonly range?: TimeRange;
  readonly limit: number;
  readonly spansPerSpanset: number;
}

export interface SearchCaps {
  readonly maxTraces: number;
  readonly maxSpansPerSpanset: number;
}

const DEFAULT_LIMIT = 20;
const DEFAULT_SPANS_PER_SPANSET = 3;
/** In one answer: what bounds its memory where both caps are high. */
const MAX_SPANS = 5_000_000;

/** The parameters of `/api/search`. Throws 400; what is more than the caps becomes them. */
export function searchParams(parameters: Parameters, caps: SearchCaps): SearchParams {
  const range = secondsRange(parameters);
  const limit = Math.min(positiveInteger(parameters, 'limit') ?? DEFAULT_LIMIT, caps.maxTraces);
  const spss = wholeNumber(parameters, 'spss') ?? 0;
  if (spss < 0) throw new HttpError(400, 'invalid spss: must be a non-negative number');
  return {
    query: queryText(parameters, range),
    ...(range === undefined ? {} : { range }),
    limit,
    spansPerSpanset: Math.min(
      // Zero is as good as none, as in Tempo.
      spss === 0 ? DEFAULT_SPANS_PER_SPANSET : spss,
      caps.maxSpansPerSpanset,
      Math.max(1, Math.floor(MAX_SPANS / limit)),
    ),
  };
}

function queryText(parameters: Parameters, range: TimeRange | undefined): string {
  const query = parameters.get('q');
  const encoded = parameters.get('tags');
  if (query !== undefined && encoded !== undefined)
    throw new HttpError(400, "invalid request: can't specify tags and q in the same query");
  if (query !== undefined) return query;
  const tags = encoded === undefined ? looseTags(parameters, range) : parseLogfmt(encoded);
  if ('problem' in tags) throw new HttpError(400, `invalid tags: ${tags.problem}`);
  const minDuration = traceDuration(parameters, 'minDuration');
  const maxDuration = traceDuration(parameters, 'maxDuration');
  if (minDuration !== undefined && maxDuration !== undefined && minDuration > maxDuration)
    throw new HttpError(400, 'invalid maxDuration: must be greater than minDuration');
  return tagsQuery({
    tags,
    ...(minDuration === undefined ? {} : { minDuration }),
    ...(maxDuration === undefined ? {} : { maxDuration }),
  });
}

const RESERVED: ReadonlySet<string> = new Set([
  'q',
  'tags',
  'minDuration',
  'maxDuration',
  'limit',
  'spss',
  'start',
  'end',
]);

/** The oldest clients give each tag as a parameter of its own, and never a time range. */
function looseTags(parameters: Parameters, range: TimeRange | undefined): ReadonlyMap<string, string> {
  if (range !== undefined) return new Map();
  const tags = new Map<string, string>();
  for (const name of parameters.names) {
    const value = RESERVED.has(name) ? undefined : parameters.get(name);
    if (value !== undefined) tags.set(name, value);
  }
  return tags;
}

function traceDuration(parameters: Parameters, name: string): bigint | undefined {
  const text = parameters.get(name);
  if (text === undefined) return undefined;
  const duration = parseDuration(text);
  if (duration !== undefined && duration >= 0n) return duration;
  throw new HttpError(400, `invalid ${name}: ${quoted(text)} is not a duration`);
}
