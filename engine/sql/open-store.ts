import { DATABASES } from './dialects/dialects.js';
import type { Store, StoreOptions } from './store/store.js';
import type { Sql } from './text/sql.js';

/** A database of its own, which whoever opens it closes. */
export async function openStore(options: StoreOptions = {}): Promise<Store> {
  return await DATABASES[0].open(options);
}

/** The text of a statement as such a database is given it: for people to read. */
export function shownText(statement: Sql): string {
  return statement.in(DATABASES[0].dialect);
}
