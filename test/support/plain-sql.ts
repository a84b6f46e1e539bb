import { Sql } from '../../engine/sql/text/sql.js';

/** SQL of a test, unchanged: a test may ask its own database anything. */
export function plainSql(text: string): Sql {
  return Sql.of([text]);
}
