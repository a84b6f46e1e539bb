import type { Sql } from '../../text/sql.js';
import type { Ctes } from '../ctes.js';
import type { Domain } from '../domain.js';

export type CaseDomain = Extract<Domain, { kind: 'case' }>;

/** What patterns are compiled in: for what spans are computed, and the relations of the statement. */
export interface PatternContext {
  readonly ctes: Ctes;
  readonly domain: Domain;
}

/** What conditions are compiled in: one rule's cases, and the left joins that bring aggregates to each case. */
export interface ConditionContext extends PatternContext {
  readonly domain: CaseDomain;
  readonly skewNs: bigint;
  /** Joins to add to `FROM cases c`. */
  readonly joins: Sql[];
  /** What each test that may be a violation's evidence matched. */
  readonly witnesses: Witness[];
}

/** Spans that made a test true: `sql` selects `k0` (a case's `trace` or `id`) and `row`. */
export interface Witness {
  readonly key: 'trace' | 'id';
  readonly sql: Sql;
}
