import { int } from '../text/operations.js';
import { join, type Sql, sql } from '../text/sql.js';

/** Nanoseconds since the Unix epoch. */
export interface Window {
  /** Inclusive. */
  readonly fromNs?: bigint;
  /** Exclusive. */
  readonly toNs?: bigint;
  /**
   * Which traces belong to it: those that start in it (the default, where each trace belongs to one window of several), or
   * all that are going on in it, which is Tempo's rule for a search: start < `toNs` and end >= `fromNs`.
   */
  readonly holds?: 'starts' | 'overlaps';
  /** Whether spans that BeTrace wrote itself are left out, and traces of nothing else: rules are not about them. */
  readonly withoutOwn?: boolean;
}

/** On the `start_ns` and `end_ns` of a trace; undefined where every trace belongs. */
export function windowSql({ fromNs, toNs, holds }: Window): Sql | undefined {
  const edge = holds === 'overlaps' ? sql`end_ns` : sql`start_ns`;
  const conditions = [
    ...(fromNs === undefined ? [] : [sql`${edge} >= ${int(fromNs)}`]),
    ...(toNs === undefined ? [] : [sql`start_ns < ${int(toNs)}`]),
  ];
  return conditions.length === 0 ? undefined : join(conditions, ' AND ');
}

/** Of some traces. */
export interface TraceBounds {
  readonly firstStart: bigint;
  readonly lastStart: bigint;
  readonly firstEnd: bigint;
}

/** Whether all traces within the bounds belong. */
export function holdsAll({ fromNs, toNs, holds }: Window, bounds: TraceBounds | undefined): boolean {
  if (bounds === undefined) return true;
  const edge = holds === 'overlaps' ? bounds.firstEnd : bounds.firstStart;
  return (fromNs === undefined || fromNs <= edge) && (toNs === undefined || bounds.lastStart < toNs);
}
