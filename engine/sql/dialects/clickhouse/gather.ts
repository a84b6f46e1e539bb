/** Rows that several servers have, brought to the first of them. They know nothing of one another, so it goes through this process. */
import type { Store } from '../../store/store.js';
import type { Sql } from '../../text/sql.js';
import { ClickHouseStore } from './store.js';

/** Adds the rows of a table of the other sessions to the table of the first, which has the same columns. Throws for a database that is no ClickHouse. */
export async function gatherRows(databases: readonly Store[], table: Sql): Promise<void> {
  const [first, ...others] = databases.map((db) => {
    if (!(db instanceof ClickHouseStore)) throw new TypeError('rows are gathered in ClickHouse alone');
    return db;
  });
  for (const other of others) await first?.addRowsOf(other, table);
}
