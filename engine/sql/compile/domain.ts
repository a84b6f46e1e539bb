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
      /** The spans of flows (`FlowRelations.spansOf`): a case, with `flow`, `from_ns` and `to_ns`, sees those of its flow that start from one to the other. */
      readonly flowSpans?: Sql;
      /** The cases are traces, with the columns of `trace_hits`. */
      readonly hits?: boolean;
    };

/** Spans for each trace. */
export const TRACE_DOMAIN = { kind: 'trace' } as const;

/** Whether spans of several traces are compared, and structure has to be kept inside one. */
export function spansTraces(domain: Domain): boolean {
  return domain.kind === 'case' && domain.flowSpans !== undefined;
}

/** The alias that the row of a case has wherever SQL is about one; `Domain.bound` has prefixes such as `c.charge_0__`. */
export const CASE_ALIAS = sql`c`;
