import { parseQuery } from '../../engine/language/parse/parse-query.js';

/** What a text asks for, so that an editor knows whom to ask; undefined where that is not clear. */
export function queryKindOf(
  text: string,
): 'search' | 'metrics' | 'violations' | 'rule' | 'over rule' | undefined {
  const { query } = parseQuery(text);
  // What counts violations is answered as metrics are.
  return query?.kind === 'violations' && query.metrics !== undefined ? 'metrics' : query?.kind;
}
