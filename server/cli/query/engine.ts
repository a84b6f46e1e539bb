/** `betrace query --engine`: ClickHouse reads the blocks and answers. */
import { dividedTraces } from '../../../engine/spans/shared-blocks.js';
import type { BlockTraces } from '../../../engine/spans/traces.js';
import type { Terminal } from '../../shared/terminal.js';
import { type EngineToAsk, withEngine } from '../engine/open-engine.js';
import { inRun, type Timed } from '../over-blocks.js';

/** Throws `UsageError` for an address that is none, and where the engine cannot be asked or goes beyond a bound. */
export async function overEngine<T>(
  { engine, place, cacheDirectory, ...blocks }: EngineToAsk,
  terminal: Terminal,
  work: (traces: BlockTraces) => Promise<T>,
): Promise<Timed<T>> {
  const { memory, storage } = blocks;
  return await inRun({ cacheDirectory, memory }, terminal, async ({ cache: _, ...bounds }) =>
    withEngine({ engine, place, memory }, async (open) =>
      work(await dividedTraces({ ...blocks, ...bounds }, { storage, ...open })),
    ),
  );
}
