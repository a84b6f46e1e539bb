import { asRule, checkQuery, QUERY_PATH, type QueryCheckOptions } from '../check/queries/check-query.js';
import { parseQuery } from '../parse/parse-query.js';
import type { Diagnostic } from '../problems/diagnostic.js';
import type { Query } from '../tree/ast-query.js';
import { resolvedTraceRule, resolvedWindowRule } from './resolve-rule.js';
import type { ResolvedTraceRule, ResolvedWindowRule } from './resolved.js';

export interface LoadedQuery {
  /** Absent where there is an error. */
  readonly query?: RunnableQuery;
  /** Syntax and meaning together, in the order of the text. */
  readonly diagnostics: readonly Diagnostic[];
}

/** A query without errors. A rule is ready to be planned like those of files; its id is `query`. */
export type RunnableQuery =
  | Extract<Query, { kind: 'search' | 'metrics' | 'violations' }>
  | { readonly kind: 'rule'; readonly rule: ResolvedTraceRule }
  | { readonly kind: 'over rule'; readonly rule: ResolvedWindowRule };

/** Parses and checks the text of a query. Wrong text is never an exception. */
export function loadQuery(text: string, options: Pick<QueryCheckOptions, 'catalogue'> = {}): LoadedQuery {
  const { query, diagnostics: syntax } = parseQuery(text);
  const meaning = query === undefined ? [] : checkQuery(query, { ...options, syntax });
  const diagnostics = [...syntax, ...meaning].sort(
    (a, b) => a.range.start - b.range.start || a.range.end - b.range.end,
  );
  const isSound = query !== undefined && !diagnostics.some(({ severity }) => severity === 'error');
  return { ...(isSound ? { query: resolveQuery(query) } : {}), diagnostics };
}

function resolveQuery(query: Query): RunnableQuery {
  switch (query.kind) {
    case 'search':
    case 'metrics':
    case 'violations':
      return query;
    case 'rule':
      return { kind: 'rule', rule: resolvedTraceRule(QUERY_PATH, asRule(query), new Map()) };
    case 'over rule':
      return { kind: 'over rule', rule: resolvedWindowRule(QUERY_PATH, asRule(query), new Map()) };
  }
}
