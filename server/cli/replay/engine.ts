/** `betrace replay --engine`: ClickHouse reads the blocks and judges the rules. */
import type { RulesToReplay } from '../../../engine/replay/replay.js';
import type { ReplayResult } from '../../../engine/replay/result.js';
import { replayByEngines } from '../../../engine/replay/shares/replay-engines.js';
import { storageRead } from '../../../engine/replay/storage-read.js';
import type { Terminal } from '../../shared/terminal.js';
import { type EngineToAsk, withEngine } from '../engine/open-engine.js';
import { inRun, type Timed } from '../over-blocks.js';

/** Throws `UsageError` for an address that is none, and where the engine cannot be asked or goes beyond a bound. */
export async function replayInEngine(
  { engine, place, cacheDirectory, ...blocks }: EngineToAsk,
  judging: RulesToReplay,
  terminal: Terminal,
): Promise<Timed<ReplayResult>> {
  const { memory } = blocks;
  return await inRun({ cacheDirectory, memory }, terminal, async ({ cache: _, ...bounds }) =>
    withEngine({ engine, place, memory }, async (open) => {
      const result = await replayByEngines({ ...blocks, ...bounds, ...judging, ...open });
      const read = storageRead(blocks.storage);
      return read === undefined ? result : { ...result, read };
    }),
  );
}
