import { asRule, checkQuery, QUERY_PATH, type QueryCheckOptions } from '../check/check-query.js';
import { parseQuery } from '../parse/parse-query.js';
import type { Diagnostic } from '../problems/diagnostic.js';
import { collector } from '../problems/report.js';
import { expandRule } from '../scope/expand.js';
import { expandOverRule } from '../scope/expand-over.js';
import { bindingsOf } from '../scope/scope.js';
import type { Query } from '../tree/ast-query.js';
import { decodeSettings } from '../words/settings.js';
import type { ResolvedOverRule, ResolvedRule } from './resolved.js';

export interface LoadedQuery {
  /** Absent where there is an error. */
  readonly query?: RunnableQuery;
  /** Syntax and meaning together, in the order of the text. */
  readonly diagnostics: readonly Diagnostic[];
}

/** A query without errors. A rule is ready to be planned like those of files; its id is `query`. */
export type RunnableQuery =
  | Extract<Query, { kind: 'search' | 'metrics' | 'violations' }>
  | { readonly kind: 'rule'; readonly rule: ResolvedRule }
  | { readonly kind: 'over rule'; readonly rule: ResolvedOverRule };

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
  const { report } = collector();
  switch (query.kind) {
    case 'search':
    case 'metrics':
    case 'violations':
      return query;
    case 'rule': {
      const item = asRule(query);
      const rule = {
        path: QUERY_PATH,
        item,
        expanded: expandRule(QUERY_PATH, item, new Map()),
        settings: decodeSettings(item, report),
        bindings: bindingsOf(item),
      };
      return { kind: 'rule', rule };
    }
    case 'over rule': {
      const item = asRule(query);
      const expanded = expandOverRule(QUERY_PATH, item, new Map());
      return {
        kind: 'over rule',
        rule: { path: QUERY_PATH, item, expanded, settings: decodeSettings(item, report) },
      };
    }
  }
}
