import type { Plan } from '../../../plan/plan.js';
import { SPANS } from '../../tables.js';
import { join, type Sql, sql } from '../../text/sql.js';
import type { AttributeColumns } from '../attribute-columns.js';
import { cte } from '../ctes.js';
import type { Relations } from '../relations.js';
import { compileBoolean } from '../value/expression.js';
import { PredicateColumns } from './predicate-columns.js';

export interface ScreenRelations extends Relations {
  /** All spans: `trace`, `name`, `kind` and the columns of hits. */
  readonly marked: Sql;
}

/** The spans that some filter matches, by their trace and hits alone, as a SELECT: filters look at nothing but the span (`screenNeeds`). */
export function screenRelations({ predicates }: Plan, columns: AttributeColumns): ScreenRelations {
  const marks = new PredicateColumns(predicates, columns);
  const compile = (predicate: Plan['predicates'][number]): Sql =>
    compileBoolean(predicate, { columns, span: sql`s` });
  const codes = marks.codeColumns();
  const filters = marks.prefilter(compile);
  const coded = cte(sql`coded`, sql`SELECT ${join([sql`s.*`, ...codes], ', ')} FROM ${SPANS} s`);
  const hits = marks.hitColumns(compile);
  const select = sql`WITH ${coded} SELECT ${join([sql`trace`, ...hits], ', ')} FROM coded s
WHERE ${filters.length === 0 ? sql`false` : join(filters, ' OR ')}`;
  const every = sql`WITH ${coded} SELECT ${join([sql`trace`, sql`name`, sql`kind`, ...hits], ', ')} FROM coded s`;
  return { columns, predicates: marks, matched: sql`(${select})`, marked: sql`(${every})` };
}
