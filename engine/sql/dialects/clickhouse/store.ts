import type { Row } from '../../store/cell.js';
import type { Appender, Session, Store } from '../../store/store.js';
import type { Dialect } from '../../text/dialect.js';
import { EMPTY, join, type Sql, sql } from '../../text/sql.js';
import { rowsOf } from './cells.js';
import { clickhouse } from './dialect.js';
import { SETTINGS } from './settings.js';
import { uncovered } from './uncovered.js';

/** A session of ClickHouse, whose tables are its own: in this process, or on a server. */
export interface ClickHouseClient {
  /** Runs one statement; the result as text in the format that the statement names, if it gives one. */
  query(statement: string): Promise<string>;
  /** Stops the statement that is running, which then fails. Absent: it runs to its end. */
  interrupt?(): void;
  close(): void;
}

/** Statements run one after another. */
export class ClickHouseStore implements Store {
  readonly threads = 1;
  /** What an appender has given and the database may not have taken yet. */
  private appended: Promise<unknown> = Promise.resolve();

  private constructor(private readonly client: ClickHouseClient) {}

  /** The client's session has the settings of `settings.ts` from then on. */
  static async open(client: ClickHouseClient): Promise<ClickHouseStore> {
    const settings = Object.entries(SETTINGS).map(
      ([setting, value]) => `${setting} = ${typeof value === 'number' ? value : `'${value}'`}`,
    );
    await client.query(`SET ${settings.join(', ')}`);
    return new ClickHouseStore(client);
  }

  async run(statement: Sql): Promise<void> {
    await this.appended;
    for (const [place, text] of statementsOf(statement.in(clickhouse)).entries())
      await this.ask(async (dialect) =>
        this.client.query(dialect === clickhouse ? text : statementsOf(statement.in(dialect))[place]!),
      );
  }

  async rows(select: Sql): Promise<readonly Row[]> {
    await this.appended;
    return await this.ask(async (dialect) =>
      rowsOf(await this.client.query(`${select.in(dialect)}\nFORMAT JSONCompactEachRowWithNamesAndTypes`)),
    );
  }

  /** What cannot be run with CTEs that are materialized is asked again without. A statement that fails has changed nothing. */
  private async ask<T>(work: (dialect: Dialect) => Promise<T>): Promise<T> {
    try {
      return await work(clickhouse);
    } catch (error) {
      if (!(error instanceof Error) || !MATERIALIZED.some((text) => error.message.includes(text)))
        throw error;
      return await work(unmaterialized);
    }
  }

  async *stream(select: Sql): AsyncGenerator<Row> {
    yield* await this.rows(select);
  }

  async *batches(select: Sql): AsyncGenerator<readonly Row[]> {
    yield await this.rows(select);
  }

  async each<T>(
    items: readonly T[],
    work: (session: Session, item: T, index: number) => Promise<void>,
  ): Promise<void> {
    for (const [index, item] of items.entries()) await work(this, item, index);
  }

  /** There are no transactions. */
  async together(work: () => Promise<void>): Promise<void> {
    await work();
  }

  async another(): Promise<Session> {
    return this;
  }

  fill(): never {
    return uncovered('live spans');
  }

  async append(table: Sql): Promise<Appender> {
    const rows: string[] = [];
    return {
      add: (row) => void rows.push(`(${row.join(', ')})`),
      close: () => {
        if (rows.length === 0) return;
        const insert = `INSERT INTO ${table.in(clickhouse)} VALUES ${rows.join(', ')}`;
        this.appended = this.appended.then(() => this.client.query(insert));
        // Whoever asks next gets the error.
        this.appended.catch(() => undefined);
      },
    };
  }

  /** Adds the rows that another session has in a table of the same columns, some at a time. */
  async addRowsOf(other: ClickHouseStore, table: Sql): Promise<void> {
    const called = table.in(clickhouse);
    const [[rows] = []] = await other.rows(sql`SELECT count(*) FROM ${table}`);
    const parts = Math.ceil(Number(rows) / ROWS_AT_ONCE);
    for (let part = 0; part < parts; part++) {
      const text = await other.client.query(
        `SELECT * FROM ${called} WHERE cityHash64(toString(tuple(*))) % ${parts} = ${part} FORMAT TabSeparated`,
      );
      if (text !== '') await this.client.query(`INSERT INTO ${called} FORMAT TabSeparated\n${text}`);
    }
  }

  attach(): never {
    return uncovered('databases in files');
  }

  detach(): never {
    return uncovered('databases in files');
  }

  checkpoint(): never {
    return uncovered('databases in files');
  }

  async dropAllBut(kept: readonly Sql[]): Promise<void> {
    const names = new Set(kept.map((name) => name.in(clickhouse)));
    await this.dropWhere((called) => !names.has(called));
  }

  async drop(gone: readonly Sql[]): Promise<void> {
    const names = new Set(gone.map((name) => name.in(clickhouse)));
    await this.dropWhere((called) => names.has(called));
  }

  private async dropWhere(test: (called: string) => boolean): Promise<void> {
    const tables = await this.rows(sql`SELECT name FROM system.tables WHERE is_temporary`);
    const found = tables.map(([called]) => called as string).filter(test);
    if (found.length > 0)
      await this.run(
        join(
          found.map((called) => clickhouse.dropTable(clickhouse.quoted(called))),
          ';\n',
        ),
      );
  }

  interrupt(): void {
    this.client.interrupt?.();
  }

  interruptAll(): void {
    this.interrupt();
  }

  close(): void {
    this.client.close();
  }
}

/** What goes from one server to another is held in this process meanwhile. */
const ROWS_AT_ONCE = 100_000;

/** Of a correlated subquery that reads a materialized CTE, and of one that is read by several parts of a UNION. */
const MATERIALIZED = ['Cannot decorrelate query', 'Reading from materialized CTE'];
const unmaterialized: Dialect = { ...clickhouse, materialized: () => EMPTY };

/** Statements are joined by `;` and a line feed, which no literal and no name has: they escape it. */
function statementsOf(text: string): readonly string[] {
  return text.split(/;\n/).filter((statement) => statement.trim() !== '');
}
