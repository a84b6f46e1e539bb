/**
 * The values that may be different, as small numbers: a function of a text column is run once for each entry of its dictionary, and all
 * that comes after it counts numbers.
 */
import type { AttributeColumns } from '../compile/attribute-columns.js';
import { dropTables } from '../store/drop-tables.js';
import type { Store } from '../store/store.js';
import { DIFFERING_CODES, SPANS } from '../tables.js';
import { list, placeIn, tableAs, text } from '../text/operations.js';
import { join, type Sql, sql } from '../text/sql.js';
import { type RuleOfCases, rowsOfCases } from './case-spans.js';
import { type SpanField, textOfField } from './fields.js';

/** A value of a field of the span of a case in a role; null for "it has not the field". */
export interface AskedValue {
  readonly role: number;
  readonly field: number;
  readonly value: string | null;
}

/** What is read of the cases of one rule. */
export interface Asked extends RuleOfCases {
  readonly values: readonly AskedValue[];
}

/** Which number a value has: from 1 on in each field, in the order of the texts. */
export class Codes {
  private readonly values = new Map<number, string[]>();

  constructor(asked: readonly Asked[]) {
    for (const { values } of asked)
      for (const { field, value } of values) {
        const known = this.values.get(field) ?? [];
        this.values.set(field, known);
        if (value !== null && !known.includes(value)) known.push(value);
      }
  }

  /** Those that are asked for. */
  get fields(): readonly number[] {
    return [...this.values.keys()].sort((a, b) => a - b);
  }

  /** Makes the codes of the spans of cases in the unit at hand: the columns of `rowsOfCases`, and one for each field that is asked for. */
  async make(
    db: Store,
    rules: readonly RuleOfCases[],
    fields: readonly SpanField[],
    columns: AttributeColumns,
  ): Promise<void> {
    const coded = this.fields.map((field) => {
      const value = textOfField(fields[field]!, columns);
      const texts = this.values.get(field)!;
      const place =
        value === undefined
          ? sql`NULL`
          : texts.length === 0
            ? sql`CASE WHEN ${value} IS NOT NULL THEN 0 END`
            : sql`CASE WHEN ${value} IS NOT NULL THEN coalesce(${placeIn(list(texts.map(text)), value)}, 0) END`;
      return sql`${place} AS ${codeOf(field)}`;
    });
    await dropTables(db, [DIFFERING_CODES]);
    const all = sql`SELECT ${join([sql`s.row`, ...coded], ', ')} FROM ${SPANS} s`;
    await db.run(
      tableAs(
        DIFFERING_CODES,
        sql`SELECT r.rule, r.part, r.id, r.violated, r.role, c.* FROM (${rowsOfCases(rules, false)}) r JOIN (${all}) c ON c.row = r.row`,
      ),
    );
  }

  /** The value of a code; null for none, undefined for one that is not asked for. */
  valueOf(field: number, code: number | null): string | null | undefined {
    return code === null ? null : this.values.get(field)?.[code - 1];
  }

  /** SQL that is true where a row of codes has the value. */
  is({ field, value }: AskedValue): Sql {
    if (value === null) return sql`${codeOf(field)} IS NULL`;
    return sql`coalesce(${codeOf(field)} = ${this.values.get(field)!.indexOf(value) + 1}, false)`;
  }
}

export function codeOf(field: number): Sql {
  return sql`c${field}`;
}
