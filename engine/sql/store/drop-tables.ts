import { dropTable } from '../text/operations.js';
import { join, type Sql } from '../text/sql.js';
import type { Session } from './store.js';

/** Drops tables that may be there. To replace one in place would hold the old and the new one in memory. */
export async function dropTables(session: Session, tables: readonly Sql[]): Promise<void> {
  if (tables.length > 0) await session.run(join(tables.map(dropTable), ';\n'));
}
