import { loadQuery, type RunnableQuery } from '../../engine/language/link/load-query.js';
import type { Diagnostic } from '../../engine/language/problems/diagnostic.js';
import { countedBy } from '../../engine/language/tree/ast-query.js';
import { HttpError } from '../http/http-error.js';
import { LineIndex } from '../rules/position.js';
import type { SeriesQuery, SpansQuery } from './backend.js';

/** Throws 400 with Tempo's beginning of such texts; `elsewhere` is where one that gives time series has to be asked. */
export function spansQuery(
  text: string,
  maxBytes: number,
  elsewhere = '/api/metrics/query_range or /api/metrics/query',
): SpansQuery {
  const query = readQuery(text, maxBytes);
  switch (query.kind) {
    case 'search':
    case 'rule':
      return query;
    case 'violations':
      if (query.metrics === undefined) return query;
      throw givesSeries(elsewhere);
    case 'metrics':
    case 'over rule':
      throw givesSeries(elsewhere);
  }
}

/** Throws 400; `elsewhere` is where one that gives none has to be asked. */
export function metricsQuery(text: string, maxBytes: number, elsewhere = '/api/search'): SeriesQuery {
  const query = readQuery(text, maxBytes);
  if (query.kind === 'metrics' || query.kind === 'over rule') return query;
  if (query.kind === 'violations') {
    const metrics = countedBy(query);
    if (metrics !== undefined) return { ...query, metrics };
  }
  throw invalidQuery(
    `this query gives no time series: end it with a function such as \`| rate()\`, or ask ${elsewhere}`,
  );
}

function givesSeries(elsewhere: string): HttpError {
  return invalidQuery(`this query gives time series: ask ${elsewhere}`);
}

function readQuery(text: string, maxBytes: number): RunnableQuery {
  const bytes = Buffer.byteLength(text);
  if (bytes > maxBytes)
    throw new HttpError(400, `TraceQL query is too long: ${bytes} bytes, at most ${maxBytes} are allowed`);
  const { query, diagnostics } = loadQuery(text);
  if (query !== undefined) return query;
  const error = diagnostics.find(({ severity }) => severity === 'error');
  throw invalidQuery(error === undefined ? 'it cannot be read' : errorText(text, error));
}

export function invalidQuery(what: string): HttpError {
  return new HttpError(400, `invalid TraceQL query: ${what}`);
}

/** Only syntax errors have their place in Tempo's texts; ours have a code in all. */
function errorText(text: string, { code, message, range }: Diagnostic): string {
  const { line, column } = new LineIndex(text).positionOf(range.start);
  const place = `at line ${line}, col ${column}`;
  return code.startsWith('BT1')
    ? `parse error ${place}: ${message} (${code})`
    : `${message} (${code} ${place})`;
}
