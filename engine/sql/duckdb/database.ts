import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from '@duckdb/node-api';
import { stringLiteral } from './literal.js';

export interface DatabaseOptions {
  /** Bytes that DuckDB may hold in memory before it writes to `tempDirectory`. */
  readonly memory?: number;
  readonly threads?: number;
  readonly tempDirectory?: string;
}

/** An in-memory DuckDB with one connection. */
export class Database {
  private constructor(
    private readonly instance: DuckDBInstance,
    readonly connection: DuckDBConnection,
  ) {}

  static async open(options: DatabaseOptions = {}): Promise<Database> {
    const instance = await DuckDBInstance.create(':memory:', {
      ...(options.threads === undefined ? {} : { threads: String(options.threads) }),
      // Nothing may reach for extensions, the home directory or the network.
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
    });
    const connection = await instance.connect();
    const database = new Database(instance, connection);
    const settings = [
      'SET preserve_insertion_order = false',
      "SET TimeZone = 'UTC'",
      ...(options.memory === undefined
        ? []
        : [`SET memory_limit = '${Math.floor(options.memory / 1024)}KiB'`]),
      options.tempDirectory === undefined
        ? "SET temp_directory = ''"
        : `SET temp_directory = ${stringLiteral(options.tempDirectory)}`,
    ];
    await connection.run(settings.join(';\n'));
    return database;
  }

  /** Runs one statement, or several separated by `;`. */
  async run(sql: string): Promise<void> {
    await this.connection.run(sql);
  }

  /** All rows as arrays in column order. BIGINT is `bigint`, BLOB a `Uint8Array`. */
  async rows(sql: string): Promise<readonly (readonly DuckDBValue[])[]> {
    const reader = await this.connection.runAndReadAll(sql);
    return reader.getRowsJS() as readonly (readonly DuckDBValue[])[];
  }

  /** Stops the statement that is running, which then fails. */
  interrupt(): void {
    this.connection.interrupt();
  }

  close(): void {
    this.connection.closeSync();
    this.instance.closeSync();
  }
}
