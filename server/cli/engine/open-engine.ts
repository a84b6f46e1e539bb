/** What `--engine` names, for as long as a command asks it. */
import type { BlocksPlace } from '../../../engine/blocks/buckets/place.js';
import type { Locate } from '../../../engine/spans/nested-blocks.js';
import { ENGINE_SETTINGS, openServer, type ServerAddress, shardsOf } from '../../../engine/sql/nested.js';
import type { Store } from '../../../engine/sql/store/store.js';
import type { BlocksToRead } from '../over-blocks.js';
import { locateIn, parseEngine, urlOf } from './engine-address.js';

export interface EngineToAsk extends BlocksToRead {
  readonly place: BlocksPlace;
  /** As it was typed. */
  readonly engine: string;
}

interface OpenEngine {
  /** One for each shard, at least one. */
  readonly databases: readonly Store[];
  readonly locate: Locate;
}

/** Runs `work` with sessions that end with it. Throws `UsageError` for an address that is none, and rejects where the engine cannot be asked. */
export async function withEngine<T>(
  { engine, place, memory }: Pick<EngineToAsk, 'engine' | 'place' | 'memory'>,
  work: (engine: OpenEngine) => Promise<T>,
): Promise<T> {
  const address = parseEngine(engine, ENGINE_SETTINGS);
  const locate = locateIn(place, address);
  const user = address.user ?? process.env.CLICKHOUSE_USER;
  const password = process.env.CLICKHOUSE_PASSWORD;
  const server = (host: string): ServerAddress => ({
    url: urlOf(address, host),
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    settings: { max_memory_usage: String(memory), ...address.settings },
  });
  const { cluster, hosts } = address;
  const shards = cluster === undefined ? hosts : await shardsOf(server(hosts[0]!), cluster);
  const databases: Store[] = [];
  try {
    for (const host of shards) databases.push(await openServer(server(host)));
    return await work({ databases, locate });
  } finally {
    for (const db of databases) db.close();
  }
}
