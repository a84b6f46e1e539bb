import { OWN_SPANS } from '../../otlp/own-spans.js';
import { isIn, list, text } from '../text/operations.js';
import type { Sql } from '../text/sql.js';

/** SQL of `isOwnSpan`, of a column of names: a function, which is evaluated once for each entry of the column's dictionary. */
export function isOwnSql(name: Sql): Sql {
  return isIn(list(OWN_SPANS.map(text)), name);
}
