/** `betrace query --engine`: ClickHouse reads the blocks and answers. */
import { listedOnce, listingSource } from '../../../engine/blocks/listing/block-source.js';
import { NestedBlocks } from '../../../engine/spans/nested-blocks.js';
import type { BlockTraces } from '../../../engine/spans/traces.js';
import type { Terminal } from '../../shared/terminal.js';
import { UsageError } from '../../shared/usage-error.js';
import { type EngineToAsk, withEngine } from '../engine/open-engine.js';
import { inRun, type Timed } from '../over-blocks.js';

/** Throws `UsageError` for an address that is none or names several hosts, and where the engine cannot be asked or goes beyond a bound. */
export async function overEngine<T>(
  { engine, place, cacheDirectory, ...blocks }: EngineToAsk,
  terminal: Terminal,
  work: (traces: BlockTraces) => Promise<T>,
): Promise<Timed<T>> {
  const { memory, storage } = blocks;
  return await inRun({ cacheDirectory, memory }, terminal, async ({ cache: _, ...bounds }) =>
    withEngine({ engine, place, memory }, async ({ databases: [db, ...others], locate }) => {
      if (db === undefined || others.length > 0)
        throw new UsageError(
          '--engine: a query is answered by one host. Name one of them, without ?cluster.',
        );
      const given = new NestedBlocks(db, storage, locate, listedOnce(listingSource(storage)));
      return await work({ ...blocks, ...bounds, given });
    }),
  );
}
