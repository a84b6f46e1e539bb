/** `betrace replay --engine`: ClickHouse reads the blocks and judges the rules. */
import type { BlocksPlace } from '../../../engine/blocks/buckets/place.js';
import type { RulesToReplay } from '../../../engine/replay/replay.js';
import type { ReplayResult } from '../../../engine/replay/result.js';
import { replayByEngines } from '../../../engine/replay/shares/replay-engines.js';
import { storageRead } from '../../../engine/replay/storage-read.js';
import { ENGINE_SETTINGS, openServer, type ServerAddress, shardsOf } from '../../../engine/sql/nested.js';
import type { Store } from '../../../engine/sql/store/store.js';
import type { Terminal } from '../../shared/terminal.js';
import { type BlocksToRead, inRun, type Timed } from '../over-blocks.js';
import { locateIn, parseEngine, urlOf } from './engine-address.js';

export interface EngineToAsk extends BlocksToRead {
  readonly place: BlocksPlace;
  /** As it was typed. */
  readonly engine: string;
}

/** Throws `UsageError` for an address that is none, and where the engine cannot be asked or goes beyond a bound. */
export async function replayInEngine(
  { engine, place, cacheDirectory, ...blocks }: EngineToAsk,
  judging: RulesToReplay,
  terminal: Terminal,
): Promise<Timed<ReplayResult>> {
  const address = parseEngine(engine, ENGINE_SETTINGS);
  const locate = locateIn(place, address);
  const user = address.user ?? process.env.CLICKHOUSE_USER;
  const password = process.env.CLICKHOUSE_PASSWORD;
  const server = (host: string): ServerAddress => ({
    url: urlOf(address, host),
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    settings: { max_memory_usage: String(blocks.memory), ...address.settings },
  });
  return await inRun({ cacheDirectory, memory: blocks.memory }, terminal, async ({ cache: _, ...bounds }) => {
    const { cluster, hosts } = address;
    const shards = cluster === undefined ? hosts : await shardsOf(server(hosts[0]!), cluster);
    const databases: Store[] = [];
    try {
      for (const host of shards) databases.push(await openServer(server(host)));
      const result = await replayByEngines({ ...blocks, ...bounds, ...judging, databases, locate });
      const read = storageRead(blocks.storage);
      return read === undefined ? result : { ...result, read };
    } finally {
      for (const db of databases) db.close();
    }
  });
}
