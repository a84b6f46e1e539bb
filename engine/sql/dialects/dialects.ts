/** The databases that there are: nothing else outside the folder of a dialect names one. */
import type { Store, StoreOptions } from '../store/store.js';
import type { Dialect } from '../text/dialect.js';
import { clickhouse } from './clickhouse/dialect.js';
import { Database } from './duckdb/database.js';
import { duckdb } from './duckdb/dialect.js';

export interface DatabaseKind {
  readonly dialect: Dialect;
  readonly open: (options: StoreOptions) => Promise<Store>;
}

/** Those that statements are written in, whoever opens the database. */
export const DIALECTS: readonly Dialect[] = [duckdb, clickhouse];

/** The first is opened where nobody chooses. */
export const DATABASES: readonly [DatabaseKind, ...DatabaseKind[]] = [
  { dialect: duckdb, open: (options) => Database.open(options) },
];
