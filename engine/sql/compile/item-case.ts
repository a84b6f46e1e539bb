import type { ItemCase } from '../../plan/item-cases.js';

/** The aliases of the rows that a case is about: `e` an event, `l` a link. */
export function itemAliases({ some }: ItemCase): { readonly event?: string; readonly link?: string } {
  return Object.fromEntries(some.map((item) => [item, ALIAS[item]]));
}

/**
 * Joins that pair a span with each of its events and links in question; `span` is its alias. Joined, not asked for with EXISTS:
 * DuckDB cannot bind a lambda over an array inside a correlated subquery.
 */
export function itemJoins({ some }: ItemCase, span: string): string {
  return some.map((item) => ` JOIN ${item}s ${ALIAS[item]} ON ${ALIAS[item]}.row = ${span}.row`).join('');
}

/** Conditions that the span has none of those that it must not have. */
export function hasNone({ none }: ItemCase, span: string): readonly string[] {
  return none.map((item) => `${span}.row NOT IN (SELECT row FROM ${item}s)`);
}

const ALIAS = { event: 'e', link: 'l' } as const;
