import { parseQuery } from '../../engine/language/parse/parse-query.js';

/** What a text asks for, so that an editor knows whom to ask; undefined where that is not clear. */
export function queryKindOf(
  text: string,
): 'search' | 'metrics' | 'violations' | 'violation counts' | 'rule' | 'over rule' | undefined {
  const { query } = parseQuery(text);
  if (query?.kind !== 'violations') return query?.kind;
  // Series of what violations there were are answered as metrics are.
  if (query.metrics !== undefined) return 'metrics';
  return query.by === undefined ? 'violations' : 'violation counts';
}
