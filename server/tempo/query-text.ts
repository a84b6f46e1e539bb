import type { MetricsQuery, Query } from '../../engine/language/ast-query.js';
import { checkQuery } from '../../engine/language/check/check-query.js';
import type { Diagnostic } from '../../engine/language/diagnostic.js';
import { parseQuery } from '../../engine/language/parse-query.js';
import { LineIndex } from '../cli/position.js';
import { HttpError } from '../http/http-error.js';
import type { SpansQuery } from './backend.js';

/** Throws 400 with Tempo's beginning of such texts. */
export function spansQuery(text: string, maxBytes: number): SpansQuery {
  const query = readQuery(text, maxBytes);
  if (query.kind !== 'metrics') return query;
  throw invalid('this query gives time series: ask /api/metrics/query_range or /api/metrics/query');
}

/** Throws 400. */
export function metricsQuery(text: string, maxBytes: number): MetricsQuery {
  const query = readQuery(text, maxBytes);
  if (query.kind === 'metrics') return query;
  throw invalid(
    'this query gives no time series: end it with a function such as `| rate()`, or ask /api/search',
  );
}

function readQuery(text: string, maxBytes: number): Query {
  const bytes = Buffer.byteLength(text);
  if (bytes > maxBytes)
    throw new HttpError(400, `TraceQL query is too long: ${bytes} bytes, at most ${maxBytes} are allowed`);
  const { query, diagnostics: syntax } = parseQuery(text);
  const diagnostics = query === undefined ? syntax : [...syntax, ...checkQuery(query, { syntax })];
  const error = diagnostics.find(({ severity }) => severity === 'error');
  if (error !== undefined) throw invalid(errorText(text, error));
  if (query === undefined) throw invalid('parse error at line 1, col 1: the query is empty');
  return query;
}

function invalid(what: string): HttpError {
  return new HttpError(400, `invalid TraceQL query: ${what}`);
}

/** Only syntax errors have their place in Tempo's texts; ours have a code in all. */
export function errorText(text: string, { code, message, range }: Diagnostic): string {
  const { line, column } = new LineIndex(text).positionOf(range.start);
  const place = `at line ${line}, col ${column}`;
  return code.startsWith('BT1')
    ? `parse error ${place}: ${message} (${code})`
    : `${message} (${code} ${place})`;
}
