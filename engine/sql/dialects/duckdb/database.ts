import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join as joinPath } from 'node:path';
import type { DuckDBConnection, DuckDBInstance as Instance } from '@duckdb/node-api';
import type { LogicalType } from '../../../plan/schema.js';
import type { Row } from '../../store/cell.js';
import type { Column } from '../../store/columns.js';
import { inTransaction } from '../../store/kept-file.js';
import type { Appender, Session, Store, StoreOptions } from '../../store/store.js';
import { EMPTY, join, type Sql, sql } from '../../text/sql.js';
import { DuckDBDataChunk, DuckDBInstance } from './client.js';
import { duckdb } from './dialect.js';
import { stringLiteral } from './literal.js';
import { CHUNK_TYPES, writeColumn } from './write-column.js';

/** One connection. */
class Connection implements Session {
  constructor(readonly connection: DuckDBConnection) {}

  async run(statement: Sql): Promise<void> {
    await this.connection.run(statement.in(duckdb));
  }

  async rows(select: Sql): Promise<readonly Row[]> {
    const reader = await this.connection.runAndReadAll(select.in(duckdb));
    // Converting by columns and turning them takes less time than converting row by row.
    const columns = reader.getColumnsJS() as readonly Row[];
    return Array.from({ length: columns[0]?.length ?? 0 }, (_, row) => columns.map((column) => column[row]!));
  }

  async *stream(select: Sql): AsyncGenerator<Row> {
    for await (const rows of this.batches(select)) yield* rows;
  }

  async *batches(select: Sql): AsyncGenerator<readonly Row[]> {
    const result = await this.connection.stream(select.in(duckdb));
    for await (const rows of result.yieldRowsJs()) yield rows as readonly Row[];
  }

  interrupt(): void {
    this.connection.interrupt();
  }
}

/** An in-memory DuckDB. */
export class Database extends Connection implements Store {
  private readonly others: Connection[] = [];

  private constructor(
    private readonly instance: Instance,
    connection: DuckDBConnection,
    readonly threads: number,
  ) {
    super(connection);
  }

  static async open(options: StoreOptions = {}): Promise<Database> {
    const threads = options.threads ?? availableParallelism();
    const instance = await DuckDBInstance.create(':memory:', {
      threads: String(threads),
      // Nothing may reach for extensions, the home directory or the network.
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    const database = new Database(instance, await instance.connect(), threads);
    const settings = [
      'SET GLOBAL preserve_insertion_order = false',
      // A checkpoint would compress tables that live for a few milliseconds.
      "SET GLOBAL checkpoint_threshold = '1TiB'",
      // Flat files never change, and every statement over them would read their footers anew.
      'SET GLOBAL parquet_metadata_cache = true',
      // The system caches what they hold: a copy in the database's memory is no faster.
      'SET GLOBAL enable_external_file_cache = false',
      "SET GLOBAL TimeZone = 'UTC'",
      ...(options.memory === undefined
        ? []
        : [`SET GLOBAL memory_limit = '${Math.floor(options.memory / 1024)}KiB'`]),
      `SET GLOBAL temp_directory = ${stringLiteral(ownDirectory(options.tempDirectory))}`,
    ];
    await database.connection.run(settings.join(';\n'));
    return database;
  }

  async each<T>(
    items: readonly T[],
    work: (session: Session, item: T, index: number) => Promise<void>,
  ): Promise<void> {
    while (this.others.length + 1 < Math.min(this.threads, items.length))
      this.others.push(new Connection(await this.instance.connect()));
    const queue = items.entries();
    let failed = false;
    const runOn = async (session: Connection): Promise<void> => {
      for (const [index, item] of queue) {
        if (failed) return;
        try {
          await work(session, item, index);
        } catch (error) {
          failed = true;
          throw error;
        }
      }
    };
    const ends = await Promise.allSettled([this, ...this.others].map(runOn));
    for (const end of ends) if (end.status === 'rejected') throw end.reason;
  }

  async together(work: () => Promise<void>): Promise<void> {
    await inTransaction(this, work);
  }

  async another(): Promise<Session> {
    const [other] = this.others;
    if (other !== undefined) return other;
    const session = new Connection(await this.instance.connect());
    this.others.push(session);
    return session;
  }

  async fill(
    table: Sql,
    columns: readonly (readonly [name: string, column: Column])[],
    count: number,
  ): Promise<void> {
    const types = columns.map(([, { type }]) => CHUNK_TYPES[type]);
    await this.run(duckdb.dropTable(table));
    await this.run(
      duckdb.emptyTable(
        table,
        columns.map(([column, { type }]) => [column, type]),
      ),
    );
    const appender = await this.connection.createAppender(table.in(duckdb));
    for (let from = 0; from < count; from += CHUNK_ROWS) {
      const length = Math.min(CHUNK_ROWS, count - from);
      const chunk = DuckDBDataChunk.create(types, length);
      for (const [n, [, column]] of columns.entries()) writeColumn(chunk, n, column.part(from, length));
      appender.appendDataChunk(chunk);
    }
    appender.closeSync();
  }

  async append(table: Sql, types: readonly LogicalType[]): Promise<Appender> {
    const appender = await this.connection.createAppender(table.in(duckdb));
    return {
      add: (row) => {
        for (const [n, value] of row.entries())
          if (types[n] === 'int64') appender.appendBigInt(BigInt(value));
          else appender.appendInteger(Number(value));
        appender.endRow();
      },
      close: () => appender.closeSync(),
    };
  }

  async attach(called: Sql, path: string, { readOnly } = { readOnly: false }): Promise<void> {
    await this.run(sql`ATTACH ${duckdb.text(path)} AS ${called}${readOnly ? sql` (READ_ONLY)` : EMPTY}`);
  }

  async detach(called: Sql): Promise<void> {
    await this.run(sql`DETACH ${called}`);
  }

  async checkpoint(called: Sql): Promise<void> {
    await this.run(sql`CHECKPOINT ${called}`);
  }

  async dropAllBut(names: readonly Sql[]): Promise<void> {
    const kept = new Set(names.map((name) => name.in(duckdb)));
    await this.dropWhere((called) => !kept.has(called));
  }

  async drop(names: readonly Sql[]): Promise<void> {
    const gone = new Set(names.map((name) => name.in(duckdb)));
    await this.dropWhere((called) => gone.has(called));
  }

  private async dropWhere(test: (called: string) => boolean): Promise<void> {
    const rows =
      await this.rows(sql`SELECT 'VIEW', view_name FROM duckdb_views() WHERE NOT internal AND database_name = current_database()
     UNION ALL SELECT 'TABLE', table_name FROM duckdb_tables() WHERE NOT internal AND database_name = current_database()`);
    const found = (rows as readonly (readonly ['VIEW' | 'TABLE', string])[]).filter(([, called]) =>
      test(called),
    );
    const drops = found.map(([kind, called]) =>
      kind === 'VIEW' ? sql`DROP VIEW ${duckdb.quoted(called)}` : sql`DROP TABLE ${duckdb.quoted(called)}`,
    );
    if (drops.length > 0) await this.run(join(drops, ';\n'));
  }

  interruptAll(): void {
    for (const { connection } of [this, ...this.others]) connection.interrupt();
  }

  close(): void {
    for (const { connection } of [this, ...this.others]) connection.closeSync();
    this.instance.closeSync();
  }
}

/** DuckDB's own size of a vector: the most rows that a chunk takes. */
const CHUNK_ROWS = 2048;

/**
 * All databases name their files alike, and one that was closed removes them when the last of its results is collected as garbage:
 * in a directory that another one has by then, it would remove those of that one.
 */
function ownDirectory(within: string | undefined): string {
  if (within === undefined) return '';
  mkdirSync(within, { recursive: true, mode: 0o700 });
  return joinPath(within, randomUUID());
}
