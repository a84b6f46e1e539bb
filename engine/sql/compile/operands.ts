import type { PatternPlan } from '../../plan/plan.js';
import type { ConditionContext } from './condition-context.js';
import { CASE_ALIAS } from './domain.js';
import type { SpanSet } from './spanset.js';
import { compilePattern } from './spanset.js';
/**
 * The spans that a test relates, side by side: a join of pattern sets by trace, and with the case where a pattern is a
 * bound span or reads one.
 */
export class Operands {
  private readonly tables: { readonly sql: string; readonly key: string; readonly perCase: boolean }[] = [];
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
  add(alias: string, pattern: PatternPlan): string {
    if (pattern.bound !== undefined) {
      this.perCase = true;
      return this.context.domain.bound.get(pattern.bound)!;
    }
    const set: SpanSet = compilePattern(pattern, this.context.domain, this.context.ctes);
    return this.push(alias, set.wide, pattern.perCase);
  }

  addTable(alias: string, table: string, key: 'trace' | 'id'): string {
    return this.push(alias, table, key === 'id');
  }

  private push(alias: string, table: string, perCase: boolean): string {
    this.perCase ||= perCase;
    this.tables.push({ sql: `${table} ${alias}`, key: `${alias}.k0`, perCase });
    return `${alias}.`;
  }

  /** The key of the joined row that a pattern's own key must equal. */
  keyFor(pattern: PatternPlan): string {
    if (pattern.perCase) this.perCase = true;
    return pattern.perCase ? `${CASE_ALIAS}.id` : this.perCase ? `${CASE_ALIAS}.trace` : this.tables[0]!.key;
  }

  /** A CTE of `k0` and `columns` over all combinations that satisfy `where`. */
  select(name: string, columns: readonly string[], where: readonly string[]): string {
    const { cases } = this.context.domain;
    const [first, ...rest] = this.tables;
    const join = (table: (typeof this.tables)[number]): string => {
      const key = this.perCase ? `${CASE_ALIAS}.${table.perCase ? 'id' : 'trace'}` : first!.key;
      return `JOIN ${table.sql} ON ${table.key} = ${key}`;
    };
    const from = this.perCase
      ? [`${cases} ${CASE_ALIAS}`, ...this.tables.map(join)]
      : [first!.sql, ...rest.map(join)];
    const key = this.perCase ? `${CASE_ALIAS}.id` : first!.key;
    const conditions = where.length === 0 ? '' : ` WHERE ${where.join(' AND ')}`;
    return this.context.ctes.add(
      name,
      `SELECT ${[`${key} AS k0`, ...columns].join(', ')} FROM ${from.join(' ')}${conditions}`,
    );
  }
}
