import { materialized } from '../text/operations.js';
import { EMPTY, join, name, type Sql, sql } from '../text/sql.js';
import type { AttributeColumns } from './attribute-columns.js';
import type { FlowRelations, Relations } from './relations.js';

/** The common table expressions of one statement, in order; each may use those before it. */
export class Ctes {
  private readonly parts: Sql[] = [];

  constructor(private readonly relations: Relations) {}

  /** Those of a statement that reads `matched` several times, where that is no table: it is made once, for this statement. */
  static reading(relations: Relations): Ctes {
    const seen = name('seen');
    const ctes = new Ctes({ ...relations, matched: seen });
    ctes.parts.push(cte(seen, sql`SELECT * FROM ${relations.matched}`, { once: true }));
    return ctes;
  }

  get columns(): AttributeColumns {
    return this.relations.columns;
  }

  get matched(): Sql {
    return this.relations.matched;
  }

  get flows(): FlowRelations | undefined {
    return this.relations.flows;
  }

  /** SQL for "`predicate` of the plan holds" on a matched span; `alias` ends with its dot. */
  predicate(predicate: number, alias: Sql): Sql {
    return this.relations.predicates.holds(predicate, alias);
  }

  /** Adds `stem_<n> AS (select)` and returns the name; `once`: it is read more than once and computed only once. */
  add(stem: string, select: Sql, { once = false }: { readonly once?: boolean } = {}): Sql {
    const unique = name(`${stem}_${this.parts.length + 1}`);
    this.parts.push(cte(unique, select, { once }));
    return unique;
  }

  /** `WITH …` with a line for each, or nothing. Those that `sql` does not need cost nothing: DuckDB leaves them out. */
  with(): Sql {
    const all = this.parts;
    return all.length === 0 ? EMPTY : sql`WITH ${join(all, ',\n  ')}\n`;
  }
}

/** One common table expression. */
export function cte(named: Sql, select: Sql, { once = false }: { readonly once?: boolean } = {}): Sql {
  return once ? sql`${named} AS ${materialized()} (${select})` : sql`${named} AS (${select})`;
}

/** The places of the first `count` columns, to group by. */
export function firstColumns(count: number): Sql {
  return join(
    Array.from({ length: count }, (_, n) => sql`${n + 1}`),
    ', ',
  );
}

/** The rows of all the SELECTs into a table. */
export function insertSql(table: Sql, selects: readonly Sql[]): Sql {
  return sql`INSERT INTO ${table}\n${unionSql(selects)}`;
}

/** The same, with each row once. */
export function insertDistinctSql(table: Sql, selects: readonly Sql[]): Sql {
  return sql`INSERT INTO ${table} SELECT DISTINCT * FROM (\n${unionSql(selects)})`;
}

function unionSql(selects: readonly Sql[]): Sql {
  return join(
    selects.map((select) => sql`(${select})`),
    '\nUNION ALL\n',
  );
}
