import { describe, expect, it } from 'vitest';
import { parseQuery } from '../../engine/language/parse/parse-query.js';
import { planSearch } from '../../engine/plan/search.js';
import { holdsForEmpty } from '../../engine/sql/compile/spanset/aggregate.js';

/** Whether traces without a span of the search are looked at for `{ name = "a" } | CONDITION`. */
function asksForEmpty(condition: string): boolean {
  const { query } = parseQuery(`{ name = "a" } | ${condition}`);
  if (query?.kind !== 'search') throw new Error(`not a search: ${condition}`);
  const stage = planSearch(query.pipeline).stages.find(({ kind }) => kind === 'aggregate');
  if (stage?.kind !== 'aggregate') throw new Error(`no aggregate: ${condition}`);
  return holdsForEmpty(stage) !== undefined;
}

describe('an aggregate over no spans', () => {
  it.each([
    'count() > 1',
    'count() >= 1',
    'count() = 2',
    'count() != 0',
    'count() < 0',
    'max(duration) > 1s',
  ])('never holds for %s', (condition) => expect(asksForEmpty(condition)).toBe(false));

  it.each(['count() = 0', 'count() <= 1', 'count() < 1', 'count() != 2', 'count() >= 0', 'count() + 1 > 0'])(
    'may hold for %s',
    (condition) => expect(asksForEmpty(condition)).toBe(true),
  );
});
