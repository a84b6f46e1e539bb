import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { DuckDBConnection, DuckDBValue, DuckDBInstance as Instance } from '@duckdb/node-api';
import { DuckDBInstance } from './client.js';
import { identifier, stringLiteral } from './literal.js';

export interface DatabaseOptions {
  /** Bytes that DuckDB may hold in memory before it writes to a directory of its own in `tempDirectory`. */
  readonly memory?: number;
  readonly threads?: number;
  /** Made where it is not there. */
  readonly tempDirectory?: string;
}

/** One connection to the database: statements on it run one after another. */
export class Session {
  constructor(readonly connection: DuckDBConnection) {}

  /** Runs one statement, or several separated by `;`. */
  async run(sql: string): Promise<void> {
    await this.connection.run(sql);
  }

  /** All rows as arrays in column order. BIGINT is `bigint`, BLOB a `Uint8Array`. */
  async rows(sql: string): Promise<readonly (readonly DuckDBValue[])[]> {
    const reader = await this.connection.runAndReadAll(sql);
    // Converting by columns and turning them takes less time than converting row by row.
    const columns = reader.getColumnsJS() as readonly (readonly DuckDBValue[])[];
    return Array.from({ length: columns[0]?.length ?? 0 }, (_, row) => columns.map((column) => column[row]!));
  }

  /** All rows one after another, without holding them all. */
  async *stream(sql: string): AsyncGenerator<readonly DuckDBValue[]> {
    const result = await this.connection.stream(sql);
    for await (const rows of result.yieldRowsJs()) yield* rows as readonly (readonly DuckDBValue[])[];
  }

  /** Stops the statement that is running, which then fails. */
  interrupt(): void {
    this.connection.interrupt();
  }
}

/** An in-memory DuckDB. As a session it is the first of its connections; tables and views are seen by all. */
export class Database extends Session {
  private readonly others: Session[] = [];

  private constructor(
    private readonly instance: Instance,
    connection: DuckDBConnection,
    /** Statements that can run at once. */
    readonly threads: number,
  ) {
    super(connection);
  }

  static async open(options: DatabaseOptions = {}): Promise<Database> {
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
    await database.run(settings.join(';\n'));
    return database;
  }

  /**
   * Runs `work` on every item over as many connections as there are threads: a statement over few rows keeps only one
   * thread busy. Rejects with the first error, once all that was started has ended.
   */
  async each<T>(
    items: readonly T[],
    work: (session: Session, item: T, index: number) => Promise<void>,
  ): Promise<void> {
    while (this.others.length + 1 < Math.min(this.threads, items.length))
      this.others.push(new Session(await this.instance.connect()));
    const queue = items.entries();
    let failed = false;
    const runOn = async (session: Session): Promise<void> => {
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

  /** A connection beside the first: rows that are streamed on one are lost with the next statement or flush on the same one. */
  async another(): Promise<Session> {
    const [other] = this.others;
    if (other !== undefined) return other;
    const session = new Session(await this.instance.connect());
    this.others.push(session);
    return session;
  }

  /** Stops the statements that are running on any connection, which then fail. */
  interruptAll(): void {
    for (const { connection } of [this, ...this.others]) connection.interrupt();
  }

  close(): void {
    for (const { connection } of [this, ...this.others]) connection.closeSync();
    this.instance.closeSync();
  }
}

/**
 * All databases name their files alike, and one that was closed removes them when the last of its results is collected as garbage:
 * in a directory that another one has by then, it would remove those of that one.
 */
function ownDirectory(within: string | undefined): string {
  if (within === undefined) return '';
  mkdirSync(within, { recursive: true, mode: 0o700 });
  return join(within, randomUUID());
}

/** Drops tables that may be there. To replace one in place would hold the old and the new one in memory. */
export async function dropTables(session: Session, names: readonly string[]): Promise<void> {
  if (names.length > 0) await session.run(names.map((name) => `DROP TABLE IF EXISTS ${name}`).join(';\n'));
}

/** Drops every table and view that is not named. */
export async function dropAllBut(session: Session, names: readonly string[]): Promise<void> {
  const rows = await session.rows(
    `SELECT 'VIEW', view_name FROM duckdb_views() WHERE NOT internal
     UNION ALL SELECT 'TABLE', table_name FROM duckdb_tables() WHERE NOT internal`,
  );
  const others = (rows as [string, string][]).filter(([, name]) => !names.includes(name));
  if (others.length > 0)
    await session.run(others.map(([kind, name]) => `DROP ${kind} ${identifier(name)}`).join(';\n'));
}

/** Whether a statement failed because it did not fit in the memory that the database may use. */
export function isOutOfMemory(error: unknown): boolean {
  return error instanceof Error && error.message.includes('Out of Memory Error');
}
