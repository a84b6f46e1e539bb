/**
 * Which traces a replay has to read whole. In a bucket bytes take their time, so there the columns that filters read come first, of all
 * traces, and the others only of the pages that have a trace in which something is left to find out (`sql/run/screen.ts`). On a disk of this
 * machine columns are read as fast as pages, and once read they are in the cache.
 */

import type { FlatCache } from '../blocks/cache/cache.js';
import { blockKey } from '../blocks/cache/cache-key.js';
import type { BlockSource } from '../blocks/listing/block-source.js';
import type { Plan } from '../plan/plan.js';
import type { ColumnNeeds } from '../plan/schema.js';
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

/** What was found for the last questions, by the cache that they had: blocks and what is in them never change. */
const remembered = new WeakMap<FlatCache, Map<string, ScreenedRun>>();
const MOST_REMEMBERED = 8;
/** Of one question. */
const MOST_ROWS = 1 << 17;

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
  const { blocks, unread, warnings } = await traces.blocks.list(tenant, window);
  const cached = await Promise.all(blocks.map((block) => cache.has(block, plan.needs)));
  if (cached.every((has) => has)) return undefined;
  const question = [blocks.map(blockKey), window, limit, plan];
  const key = JSON.stringify(question, (_, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  const known = unread.length + warnings.length === 0 ? remembered.get(cache)?.get(key) : undefined;
  if (known !== undefined) return ofPlan(known, plan);
  const screened = await screenAnew(traces, plan, needs, limit, bucketOf);
  if (screened !== undefined) remember(cache, key, screened);
  return screened;
}

async function screenAnew(
  traces: StoredTraces,
  plan: Plan,
  needs: ColumnNeeds,
  limit: number,
  bucketOf: (run: Pick<StoredRun, 'firstStart' | 'lastStart'>) => bigint,
): Promise<ScreenedRun | undefined> {
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

/** Rules are known by their plan, which is made anew for each question. */
function ofPlan(screened: ScreenedRun, plan: Plan): ScreenedRun {
  return { ...screened, rules: screened.rules.map((found, n) => ({ ...found, rule: plan.rules[n]! })) };
}

/** Not where blocks could not be read: the next time they may be. */
function remember(cache: FlatCache, key: string, screened: ScreenedRun): void {
  const { unread, warnings } = screened.blocks;
  const rows = [...screened.only.values()].reduce((sum, own) => sum + own.length, 0);
  if (unread.length + warnings.length > 0 || rows > MOST_ROWS) return;
  const kept = remembered.get(cache) ?? new Map<string, ScreenedRun>();
  remembered.set(cache, kept);
  kept.set(key, screened);
  // A map keeps its keys in the order in which they came.
  for (const oldest of kept.keys()) if (kept.size > MOST_REMEMBERED) kept.delete(oldest);
}
