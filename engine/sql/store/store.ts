import type { LogicalType } from '../../plan/schema.js';
import type { Sql } from '../text/sql.js';
import type { Row } from './cell.js';
import type { Column } from './columns.js';

/** One connection to a database: statements on it run one after another, rendered in the dialect of the database. */
export interface Session {
  /** One statement, or several separated by `;`. */
  run(statement: Sql): Promise<void>;
  /** All rows as arrays in column order. */
  rows(select: Sql): Promise<readonly Row[]>;
  /** All rows one after another, without holding them all. */
  stream(select: Sql): AsyncGenerator<Row>;
  /** The same, so many at once as come together. */
  batches(select: Sql): AsyncGenerator<readonly Row[]>;
  /** Stops the statement that is running, which then fails. */
  interrupt(): void;
}

/** A database in memory, to which others may be attached. As a session it is the first of its connections; tables and views are seen by all. */
export interface Store extends Session {
  /** Statements that can run at once. */
  readonly threads: number;
  /**
   * Runs `work` on every item over as many connections as there are threads: a statement over few rows keeps only one
   * thread busy. Rejects with the first error, once all that was started has ended.
   */
  each<T>(
    items: readonly T[],
    work: (session: Session, item: T, index: number) => Promise<void>,
  ): Promise<void>;
  /** What the statements of `work` add is there whole, or it rejects; where no unit of a run is done a second time, some of it may be left then. */
  together(work: () => Promise<void>): Promise<void>;
  /** A second connection: rows that are streamed on one are lost with the next statement or flush on the same one. */
  another(): Promise<Session>;
  /** Makes a table of these columns and fills it with so many rows. */
  fill(
    table: Sql,
    columns: readonly (readonly [name: string, column: Column])[],
    rows: number,
  ): Promise<void>;
  /** Adds rows to a table that is there, whose columns have these types. */
  append(table: Sql, types: readonly LogicalType[]): Promise<Appender>;
  /** Opens a database in a file, which is made where it is not there, unless it is only read: its tables are named with `called` before them. What is committed to it survives a crash. */
  attach(called: Sql, path: string, options?: { readonly readOnly: boolean }): Promise<void>;
  detach(called: Sql): Promise<void>;
  /** Moves what was committed from the log of that database into it. */
  checkpoint(called: Sql): Promise<void>;
  /** Drops every table and view that is not named. */
  dropAllBut(names: readonly Sql[]): Promise<void>;
  /** Drops those of them that are there, tables or views. */
  drop(names: readonly Sql[]): Promise<void>;
  /** Stops the statements that are running on any connection, which then fail. */
  interruptAll(): void;
  close(): void;
}

export interface Appender {
  add(row: readonly (bigint | number)[]): void;
  /** Until then rows may be missing. */
  close(): void;
}

export interface StoreOptions {
  /** Bytes that the database may hold in memory before it writes to a directory of its own in `tempDirectory`. */
  readonly memory?: number;
  readonly threads?: number;
  /** Made where it is not there. */
  readonly tempDirectory?: string;
}
