import { allOf, type Expression, type Item, mentionsItem } from './expression.js';

/**
 * The filter that an event and a link have to satisfy for a field of one to be read of them: behind the last stage that asks
 * something of events (links), the filters of that stage. Absent where no filter asked, and the first of the span counts.
 */
export type Among = Readonly<Partial<Record<Item, Expression>>>;

export const OF_ALL: Among = {};

/** What counts behind one more stage; `filters` are those that its spans come from, any one of them. */
export function behindStage(before: Among, filters: readonly Expression[]): Among {
  const after: Partial<Record<Item, Expression>> = { ...before };
  for (const item of ['event', 'link'] as const)
    if (filters.some((filter) => mentionsItem(filter, item))) after[item] = anyOf(filters);
  return after;
}

function anyOf(filters: readonly Expression[]): Expression {
  const [only] = filters;
  if (only === undefined) return allOf([]);
  return filters.length === 1 ? only : { kind: 'logical', operator: 'or', operands: filters };
}
