import type { PatternPlan } from '../../../plan/plan.js';
import { EMPTY, join, name, type Sql, sql } from '../../text/sql.js';
import { CASE_ALIAS } from '../domain.js';
import type { SpanSet } from '../spanset/spanset.js';
import { compilePattern } from '../spanset/spanset.js';
import type { ConditionContext } from './condition-context.js';
/**
 * The spans that a test relates, side by side: a join of pattern sets by trace, and with the case where a pattern is a
 * bound span or reads one.
 */
export class Operands {
  private readonly tables: { readonly sql: Sql; readonly key: Sql; readonly perCase: boolean }[] = [];
  private perCase: boolean;

  constructor(
    private readonly context: ConditionContext,
    perCase = false,
  ) {
    this.perCase = perCase;
  }

  /** What the found rows are keyed by. Known once all operands are added. */
  get key(): 'trace' | 'id' {
    return this.perCase ? 'id' : 'trace';
  }

  /** Adds a pattern; returns the prefix of its columns (`row`, `start_ns`, …) in `select`. */
  add(alias: Sql, pattern: PatternPlan): Sql {
    if (pattern.bound !== undefined) {
      this.perCase = true;
      return this.context.domain.bound.get(pattern.bound)!;
    }
    const set: SpanSet = compilePattern(pattern, this.context);
    return this.push(alias, set.wide, pattern.perCase);
  }

  addTable(alias: Sql, table: Sql, key: 'trace' | 'id'): Sql {
    return this.push(alias, table, key === 'id');
  }

  private push(alias: Sql, table: Sql, perCase: boolean): Sql {
    this.perCase ||= perCase;
    this.tables.push({ sql: sql`${table} ${alias}`, key: sql`${alias}.k0`, perCase });
    return sql`${alias}.`;
  }

  /** The key of the joined row that a pattern's own key must equal. */
  keyFor(pattern: PatternPlan): Sql {
    if (pattern.perCase) this.perCase = true;
    return pattern.perCase
      ? sql`${CASE_ALIAS}.id`
      : this.perCase
        ? sql`${CASE_ALIAS}.trace`
        : this.tables[0]!.key;
  }

  /** A CTE of `k0` and `columns` over all combinations that satisfy `where`. */
  select(stem: string, columns: readonly Sql[], where: readonly Sql[]): Sql {
    const { cases } = this.context.domain;
    const [first, ...rest] = this.tables;
    const joined = (table: (typeof this.tables)[number]): Sql => {
      const key = this.perCase ? sql`${CASE_ALIAS}.${name(table.perCase ? 'id' : 'trace')}` : first!.key;
      return sql`JOIN ${table.sql} ON ${table.key} = ${key}`;
    };
    const from = this.perCase
      ? [sql`${cases} ${CASE_ALIAS}`, ...this.tables.map(joined)]
      : [first!.sql, ...rest.map(joined)];
    const key = this.perCase ? sql`${CASE_ALIAS}.id` : first!.key;
    const conditions = where.length === 0 ? EMPTY : sql` WHERE ${join(where, ' AND ')}`;
    return this.context.ctes.add(
      stem,
      sql`SELECT ${join([sql`${key} AS k0`, ...columns], ', ')} FROM ${join(from, ' ')}${conditions}`,
    );
  }
}
