import type { Sql } from '../text/sql.js';
import type { AttributeColumns } from './attribute-columns.js';
import type { PredicateColumns } from './predicate-columns.js';

/** What compiled SQL reads: the columns of the relations, and the names of those that a run makes. */
export interface Relations {
  readonly columns: AttributeColumns;
  readonly predicates: PredicateColumns;
  /** The table of matched spans: all, or only those of the traces that evidence is sought in. */
  readonly matched: Sql;
}
