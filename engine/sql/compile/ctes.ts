import type { AttributeColumns } from './attribute-columns.js';
import type { Relations } from './relations.js';

/** The common table expressions of one statement, in order; each may use those before it. */
export class Ctes {
  private readonly parts: string[] = [];

  constructor(private readonly relations: Relations) {}

  get columns(): AttributeColumns {
    return this.relations.columns;
  }

  get matched(): string {
    return this.relations.matched;
  }

  /** SQL for "predicate `n` of the plan holds" on a matched span; `alias` ends with its dot. */
  predicate(n: number, alias: string): string {
    return this.relations.predicates.holds(n, alias);
  }

  /** Adds `name<n> AS (sql)` and returns the name. */
  add(name: string, sql: string, materialized: 'MATERIALIZED' | '' = ''): string {
    const unique = `${name}_${this.parts.length + 1}`;
    this.parts.push(`${unique} AS ${materialized} (${sql})`.replace('AS  (', 'AS ('));
    return unique;
  }

  /** `WITH …` with a line for each, or nothing. Those that `sql` does not need cost nothing: DuckDB leaves them out. */
  with(first: readonly string[] = []): string {
    const all = [...first, ...this.parts];
    return all.length === 0 ? '' : `WITH ${all.join(',\n  ')}\n`;
  }
}

/** The rows of all the SELECTs into a table. */
export function insertSql(table: string, selects: readonly string[]): string {
  return `INSERT INTO ${table}\n${unionSql(selects)}`;
}

/** The same, with each row once. */
export function insertDistinctSql(table: string, selects: readonly string[]): string {
  return `INSERT INTO ${table} SELECT DISTINCT * FROM (\n${unionSql(selects)})`;
}

function unionSql(selects: readonly string[]): string {
  return selects.map((select) => `(${select})`).join('\nUNION ALL\n');
}
