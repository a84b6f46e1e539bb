import { type Sql, sql } from '../text/sql.js';
/**
 * What a set of spans is computed for: once for each trace, or once for each case of a rule (a trace with its bound spans),
 * when a filter reads bound spans. `k0` of a set is the trace, or the case's `id`.
 */
export type Domain =
  | { readonly kind: 'trace' }
  | {
      readonly kind: 'case';
      readonly cases: Sql;
      readonly bound: ReadonlyMap<string, Sql>;
      /** The cases are traces, with the columns of `trace_hits`. */
      readonly hits?: boolean;
    };

/** The alias that the row of a case has wherever SQL is about one; `Domain.bound` has prefixes such as `c.charge_0__`. */
export const CASE_ALIAS = sql`c`;
