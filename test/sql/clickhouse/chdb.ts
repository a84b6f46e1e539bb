/** ClickHouse in this process, as the npm package `chdb` has it: some hundred megabytes, which `.ci/run` installs and `CHDB_MODULE` names. */
import { createRequire } from 'node:module';
import type { Storage } from '../../../engine/blocks/storage.js';
import { type Locate, NestedBlocks } from '../../../engine/spans/nested-blocks.js';
import type { StoredTraces } from '../../../engine/spans/stored-run.js';
import type { GivenTraces } from '../../../engine/spans/traces.js';
import { ClickHouseStore } from '../../../engine/sql/dialects/clickhouse/store.js';
import type { Store } from '../../../engine/sql/store/store.js';

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

export function chdbModule(): string {
  if (place === undefined) throw new Error('CHDB_MODULE says where chdb is');
  return place;
}

export async function openChdb(): Promise<ClickHouseStore> {
  const { Session } = createRequire(import.meta.url)(chdbModule()) as {
    readonly Session: new () => ChdbSession;
  };
  const session = new Session();
  // Tests ask about little, and several run at once.
  session.query('SET max_threads = 1', 'TabSeparated');
  return await ClickHouseStore.open({
    query: async (statement) => session.query(statement, 'TabSeparated'),
    close: () => session.close(),
  });
}

/** Blocks of a folder, which a database in this process opens as it is. */
export function filesOf(storage: Storage): Locate {
  return (dataPath) => ({ kind: 'file', path: storage.localPath!(dataPath) });
}

/** The same blocks, read where they are by this database. */
export function byDatabase(
  db: Store,
  { tenant, window, memory, tempDirectory, storage }: StoredTraces,
  locate: Locate = filesOf(storage),
): GivenTraces & Pick<StoredTraces, 'storage'> {
  const given = new NestedBlocks(db, storage, locate);
  return { tenant, window, memory, tempDirectory, storage, given };
}
