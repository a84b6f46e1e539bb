/** `--engine` of commands that read blocks: ClickHouse reads them and answers. */
import type { BlocksPlace } from '../../engine/blocks/buckets/place.js';
import { dividedTraces } from '../../engine/spans/shared-blocks.js';
import type { BlockTraces } from '../../engine/spans/traces.js';
import { EngineAddressError, locateIn, parseEngine } from '../engine/engine-address.js';
import { withEngine } from '../engine/open-engine.js';
import type { Terminal } from '../shared/terminal.js';
import { UsageError } from '../shared/usage-error.js';
import { type BlocksToRead, inRun, type Timed } from './over-blocks.js';

export interface EngineBlocks extends BlocksToRead {
  readonly place: BlocksPlace;
  /** As it was typed. */
  readonly engine: string;
}

/** Throws `UsageError` for an address that is none, and where the engine cannot be asked or goes beyond a bound. */
export async function overEngine<T>(
  { engine, place, cacheDirectory, ...blocks }: EngineBlocks,
  terminal: Terminal,
  work: (traces: BlockTraces) => Promise<T>,
): Promise<Timed<T>> {
  const { memory, storage } = blocks;
  const { address, locate } = addressOf(engine, place);
  return await inRun({ cacheDirectory, memory }, terminal, async ({ cache: _, ...bounds }) => {
    const asked = {
      address,
      user: process.env.CLICKHOUSE_USER,
      password: process.env.CLICKHOUSE_PASSWORD,
      settings: { max_memory_usage: String(memory) },
      signal: bounds.signal,
    };
    return await withEngine(asked, async (databases) =>
      work(await dividedTraces({ ...blocks, ...bounds }, { storage, databases, locate })),
    );
  });
}

function addressOf(engine: string, place: BlocksPlace) {
  try {
    const address = parseEngine(engine);
    return { address, locate: locateIn(place, address) };
  } catch (error) {
    if (error instanceof EngineAddressError) throw new UsageError(`--engine: ${error.message}`);
    throw error;
  }
}
