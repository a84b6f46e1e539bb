/**
 * Which traces a replay has to read whole. In a bucket bytes take their time, so there the columns that filters read come first, of all
 * traces, and the others only of the pages that have a trace in which something is left to find out (`sql/run/screen.ts`). On a disk of this
 * machine columns are read as fast as pages, and once read they are in the cache.
 */
import type { BlockSource } from '../blocks/listing/block-source.js';
import type { Plan } from '../plan/plan.js';
import { screenNeeds } from '../plan/screen.js';
import { overStoredTraces, type StoredRun, type StoredTraces } from '../spans/stored-run.js';
import { type Screened, screenRules } from '../sql/run/screen.js';
import { CHOSEN } from '../sql/tables.js';

/** What is known of a run before traces are read whole. */
export interface ScreenedRun
  extends Screened,
    Pick<StoredRun, 'blocks' | 'traces' | 'firstStart' | 'lastStart'> {
  /** Where the traces are that have to be read whole. */
  readonly only: NonNullable<StoredTraces['only']>;
}

/** With more of the traces, most pages have some. */
const MOST_CHOSEN = 1 / 4;

/** Undefined where everything has to be read, or is here already. `bucketOf`: the width of buckets for a run. */
export async function screen(
  traces: StoredTraces & { readonly blocks: BlockSource },
  plan: Plan,
  limit: number,
  bucketOf: (run: Pick<StoredRun, 'firstStart' | 'lastStart'>) => bigint,
): Promise<ScreenedRun | undefined> {
  const needs = screenNeeds(plan);
  if (needs === undefined || traces.storage.localPath !== undefined) return undefined;
  const { tenant, window, cache } = traces;
  const { blocks } = await traces.blocks.list(tenant, window);
  const cached = await Promise.all(blocks.map((block) => cache.has(block, plan.needs)));
  if (cached.every((has) => has)) return undefined;
  const isRead = (attribute: { readonly scope: string; readonly key: string }): boolean =>
    needs.spanAttributes.some(({ scope, key }) => scope === attribute.scope && key === attribute.key);
  return await overStoredTraces(traces, needs, async (run) => {
    const { db, columns, stored } = run;
    if (stored === undefined) return undefined;
    try {
      const inAnyCase = await stored.show();
      const options = { bucketNs: bucketOf(run), limit, inAnyCase, isRead };
      const screened = await screenRules(db, plan, columns, options);
      if (screened === undefined || screened.chosen > run.traces * MOST_CHOSEN) return undefined;
      const only = await stored.rowsOf(CHOSEN);
      const { blocks, traces, firstStart, lastStart } = run;
      return {
        ...screened,
        blocks,
        traces,
        ...(firstStart === undefined ? {} : { firstStart }),
        ...(lastStart === undefined ? {} : { lastStart }),
        only,
      };
    } catch {
      // Memory may be short, a filter may fail, a block may be broken: what is read whole is judged in parts, and each of these is named.
      traces.signal?.throwIfAborted();
      return undefined;
    }
  });
}
