import { loadQuery } from '../../../engine/language/link/load-query.js';
import { printSpansets } from '../../../engine/language/print/print-expression.js';
import { HttpError } from '../../http/http-error.js';
import { spansQuery } from '../query-text.js';
import { type Parameters, quoted, wholeNumber } from './parameters.js';

/** Which spans of one trace are asked for: those that match, and so many levels around them. */
export interface TraceFilter {
  /** What a `{ … }` has between its braces. */
  readonly condition: string;
  /** Levels of descendants below each match; -1 for all. */
  readonly below: number;
  /** Levels of ancestors above each match; -1 for all. */
  readonly above: number;
}

/**
 * `q`, `keep_hierarchy`, `match_depth` and `ancestor_depth` of `/api/v2/traces/{id}` as Tempo reads them (pkg/api/http.go,
 * ParseTraceByIDFilterParams): the others mean nothing without `q`, and `ancestor_depth` nothing without `keep_hierarchy`. Throws 400.
 */
export function traceFilter(parameters: Parameters, maxQuery: number): TraceFilter | undefined {
  const text = parameters.get('q')?.trim();
  if (text === undefined || text === '') return undefined;
  return {
    condition: conditionOf(text, maxQuery),
    below: depth(parameters, 'match_depth', 0),
    above: flag(parameters, 'keep_hierarchy') ? depth(parameters, 'ancestor_depth', -1) : 0,
  };
}

function conditionOf(text: string, maxQuery: number): string {
  spansQuery(text, maxQuery);
  const { query } = loadQuery(text);
  const [stage, ...others] = query?.kind === 'search' ? query.pipeline.stages : [];
  if (stage?.kind !== 'spanset' || stage.expression.kind !== 'filter' || others.length > 0)
    throw new HttpError(400, 'invalid TraceQL filter: the spans of a trace are asked for by one { … } alone');
  const condition = printSpansets(stage.expression).slice(1, -1).trim();
  return condition === '' ? 'true' : condition;
}

function depth(parameters: Parameters, name: string, usual: number): number {
  const levels = wholeNumber(parameters, name) ?? usual;
  if (levels >= -1) return levels;
  throw new HttpError(400, `invalid value for ${name}: must be >= -1`);
}

/** As Go's `strconv.ParseBool`. */
function flag(parameters: Parameters, name: string): boolean {
  const text = parameters.get(name) ?? 'false';
  if (/^(?:1|t|T|true|TRUE|True)$/.test(text)) return true;
  if (/^(?:0|f|F|false|FALSE|False)$/.test(text)) return false;
  throw new HttpError(400, `invalid value for ${name}: ${quoted(text)} is neither true nor false`);
}
