import { KEPT_LINKED, KEPT_TRACES } from '../../tables.js';
import { type Sql, sql } from '../../text/sql.js';

/** SELECT of the kept traces that `mine` is true of, with their ids. */
export function tracesWithIds(mine: Sql): Sql {
  return sql`SELECT trace, trace_id FROM ${KEPT_TRACES} WHERE ${mine}`;
}

/** SELECT of `a` and `b`, for each kept trace that has a link to another one. */
export function linkedPairs(mine: Sql): Sql {
  return sql`SELECT l.trace AS a, t.trace AS b FROM ${KEPT_LINKED} l JOIN (${tracesWithIds(mine)}) t ON t.trace_id = l.trace_id WHERE ${mine}`;
}
