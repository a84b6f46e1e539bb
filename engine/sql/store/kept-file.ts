/** Databases in files that outlive the process. Each says which format it has. */
import { existsSync } from 'node:fs';
import { emptyTable } from '../text/operations.js';
import { name, type Sql, sql } from '../text/sql.js';
import type { Session, Store } from './store.js';

/** A file that a later version has written: it would be misunderstood. Nothing in it was changed. */
export class NewerFile extends Error {
  override readonly name = 'NewerFile';
  constructor(format: number, known: number) {
    super(`has format ${format}, and this version reads up to ${known}`);
  }
}

export interface KeptFile {
  /** Its tables are named with this before them. */
  readonly called: Sql;
  readonly path: string;
  /** That this version writes. To be raised when a version before would misunderstand what is written. */
  readonly format: number;
}

/**
 * Opens the file, which is made where it is not there; `make` gives it the tables of the format where it has another one, or says none, in the same
 * transaction. Rejects with `NewerFile`, and where it is no such database.
 */
export async function openKeptFile(
  db: Store,
  { called, path, format }: KeptFile,
  make: () => Promise<void>,
): Promise<void> {
  const formats = sql`${called}.${name('kept_format')}`;
  const read = async (): Promise<number | undefined> => {
    if ((await columnsOf(db, formats)).length === 0) return undefined;
    const [row] = await db.rows(sql`SELECT max(format) FROM ${formats}`);
    return Number(row?.[0]);
  };
  if (existsSync(path)) {
    // Opened for writing, its log would become part of it.
    await db.attach(called, path, { readOnly: true });
    const found = await read();
    await db.detach(called);
    if (found !== undefined && found > format) throw new NewerFile(found, format);
  }
  await db.attach(called, path);
  const found = await read();
  if (found === format) return;
  await inTransaction(db, async () => {
    await make();
    if (found === undefined) await db.run(emptyTable(formats, [['format', 'int32']]));
    await db.run(sql`INSERT INTO ${formats} VALUES (${format})`);
  });
}

/** The names of a table's columns; none where it is not there. */
export async function columnsOf(db: Session, table: Sql): Promise<readonly string[]> {
  try {
    const rows = await db.rows(sql`SELECT column_name FROM (DESCRIBE ${table})`);
    return rows.map(([column]) => String(column));
  } catch {
    return [];
  }
}

/** All of the statements, or none of them, survive a crash. */
export async function inTransaction(db: Session, work: () => Promise<void>): Promise<void> {
  await db.run(sql`BEGIN TRANSACTION`);
  try {
    await work();
    await db.run(sql`COMMIT`);
  } catch (error) {
    await db.run(sql`ROLLBACK`).catch(() => undefined);
    throw error;
  }
}
