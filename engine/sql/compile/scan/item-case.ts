import type { ItemCase } from '../../../plan/item-cases.js';
import { ITEM_TABLES } from '../../tables.js';
import { concat, type Sql, sql } from '../../text/sql.js';

/** The aliases of the rows that a case is about: `e` an event, `l` a link. */
export function itemAliases({ some }: ItemCase): { readonly event?: Sql; readonly link?: Sql } {
  return Object.fromEntries(some.map((item) => [item, ALIAS[item]]));
}

/**
 * Joins that pair a span with each of its events and links in question; `span` is its alias. Joined, not asked for with EXISTS:
 * DuckDB cannot bind a lambda over an array inside a correlated subquery.
 */
export function itemJoins({ some }: ItemCase, span: Sql): Sql {
  return concat(
    some.map((item) => sql` JOIN ${ITEM_TABLES[item]} ${ALIAS[item]} ON ${ALIAS[item]}.row = ${span}.row`),
  );
}

/** Conditions that the span has none of those that it must not have. */
export function hasNone({ none }: ItemCase, span: Sql): readonly Sql[] {
  return none.map((item) => sql`${span}.row NOT IN (SELECT row FROM ${ITEM_TABLES[item]})`);
}

const ALIAS = { event: sql`e`, link: sql`l` } as const;
