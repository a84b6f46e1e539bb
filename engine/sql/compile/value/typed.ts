import { kindLabel, STATUS_NAMES } from '../../../otlp/names.js';
import type { Row } from '../../store/cell.js';
import { NULL, type Sql } from '../../text/sql.js';
import { partsOf, type Value } from './value.js';

type Scalar = string | bigint | number | boolean;
/** A value as it comes out of the database: `bigint` is an int, `number` a double. */
export type TypedValue = Scalar | readonly Scalar[];

/** The columns of a SELECT that carry values whose types are known only row by row. */
export class TypedColumns {
  private readonly columns: Sql[] = [];

  /** `first` is the number of columns before them. */
  constructor(private readonly first: number) {}

  get sql(): readonly Sql[] {
    return this.columns;
  }

  /** Adds the columns of a value; returns what reads it from a row, undefined where it is missing. */
  add(value: Value): (row: Row) => TypedValue | undefined {
    const parts = partsOf(value);
    const firstColumn = this.first + this.columns.length;
    for (const part of parts) this.columns.push(value[part] ?? NULL);
    return (row) => {
      for (const [n, part] of parts.entries()) {
        const cell = row[firstColumn + n];
        if (cell === null || cell === undefined) continue;
        if (part === 'status') return STATUS_NAMES[Number(cell)] ?? 'unset';
        if (part === 'kind') return kindLabel(Number(cell));
        return cell as TypedValue;
      }
      return undefined;
    };
  }
}
