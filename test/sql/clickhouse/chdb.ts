/** ClickHouse in this process, as the npm package `chdb` has it: some hundred megabytes, which `.ci/run` installs and `CHDB_MODULE` names. */
import { createRequire } from 'node:module';
import { ClickHouseStore } from '../../../engine/sql/dialects/clickhouse/store.js';

interface ChdbSession {
  query(statement: string, format?: string): string;
  close(): void;
}

const place = process.env.CHDB_MODULE;
export const hasChdb = place !== undefined;

if (!hasChdb)
  console.warn(
    'NOT TESTED: the same in ClickHouse (npm install --prefix FOLDER chdb; CHDB_MODULE=FOLDER/node_modules/chdb)',
  );

export async function openChdb(): Promise<ClickHouseStore> {
  if (place === undefined) throw new Error('CHDB_MODULE says where chdb is');
  const { Session } = createRequire(import.meta.url)(place) as { readonly Session: new () => ChdbSession };
  const session = new Session();
  return await ClickHouseStore.open({
    query: async (statement) => session.query(statement, 'TabSeparated'),
    close: () => session.close(),
  });
}
