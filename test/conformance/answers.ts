import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** An answer to one query, in the form in which Tempo's were recorded: see test/fixtures/conformance. */
export type Answer = SearchAnswer | SearchTotals | MetricsAnswer | Refusal;

interface SearchAnswer {
  readonly kind: 'search';
  /** By id. */
  readonly traces: readonly TraceAnswer[];
}

export interface TraceAnswer {
  readonly id: string;
  readonly sets: readonly SpansetAnswer[];
}

interface SpansetAnswer {
  readonly matched: number;
  /** Sorted. */
  readonly spans: readonly string[];
  readonly attrs?: readonly (readonly [string, string | number | boolean])[];
}

/** For answers of many spans: counts, and a hash over the sorted distinct lines `trace span`. */
interface SearchTotals {
  readonly kind: 'search';
  readonly totals: { readonly traces: number; readonly spans: number; readonly sha256: string };
}

interface MetricsAnswer {
  readonly kind: 'metrics';
  /** Unix seconds. */
  readonly start: number;
  readonly end: number;
  readonly step: number;
  readonly series: readonly SeriesAnswer[];
}

interface SeriesAnswer {
  readonly labels: Readonly<Record<string, string | number | boolean>>;
  readonly samples: readonly (readonly [number, number])[];
}

interface Refusal {
  readonly kind: 'refused';
}

const folder = new URL('../fixtures/conformance/', import.meta.url);

/** Every query of the file, in its order, with what Tempo answered. */
export function tempoAnswers(): ReadonlyMap<string, Answer> {
  const recorded = JSON.parse(readFileSync(new URL('traceql-answers.json', folder), 'utf8')) as readonly ({
    readonly q: string;
    readonly status: number;
  } & Answer)[];
  const answers = new Map(
    recorded.map(({ q, status, ...answer }): readonly [string, Answer] => [
      q,
      status === 200 ? (answer as Answer) : { kind: 'refused' },
    ]),
  );
  const queries = readFileSync(new URL('queries.txt', folder), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.replace(/^M /, ''));
  return new Map(queries.map((query) => [query, answers.get(query)!]));
}

export function totalsOf(traces: readonly TraceAnswer[]): SearchTotals['totals'] {
  const lines = new Set(
    traces.flatMap(({ id, sets }) => sets.flatMap(({ spans }) => spans.map((span) => `${id} ${span}`))),
  );
  const text = [...lines].sort().join('\n');
  return {
    traces: traces.length,
    spans: lines.size,
    sha256: createHash('sha256').update(text).digest('hex'),
  };
}
