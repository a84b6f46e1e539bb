/** Blocks that one database reads where they are, or several that share the traces. */
import { dividedIds } from '../blocks/id-cuts.js';
import type { IdRange } from '../blocks/id-range.js';
import { type BlockSource, listedOnce, listingSource } from '../blocks/listing/block-source.js';
import { partly } from '../blocks/listing/partly.js';
import type { Storage } from '../blocks/storage.js';
import { gatherRows } from '../sql/nested.js';
import type { Store } from '../sql/store/store.js';
import { type Locate, NestedBlocks } from './nested-blocks.js';
import type { RunBounds } from './stored-run.js';
import type { GivenTraces, SharedTraces } from './traces.js';

export interface DatabasesToAsk {
  readonly storage: Storage;
  /** Where the list of blocks comes from; by default they are listed anew. */
  readonly blocks?: BlockSource;
  /** At least one; the caller closes them. */
  readonly databases: readonly Store[];
  readonly locate: Locate;
  /** How the ids of traces are divided among several, a range for each; by default so that all have about as many. */
  readonly ids?: readonly IdRange[];
}

/** The traces of one database, or those that several share by ranges of their ids, so that each trace is whole on one of them. Rejects where the blocks cannot be listed. */
export async function dividedTraces<T extends RunBounds>(
  bounds: T,
  { storage, databases, locate, ...given }: DatabasesToAsk,
): Promise<T & (GivenTraces | SharedTraces)> {
  const source = listedOnce(given.blocks ?? listingSource(storage));
  const [only, ...others] = databases;
  if (only === undefined) throw new TypeError('no database');
  if (others.length === 0) return { ...bounds, given: new NestedBlocks(only, storage, locate, source) };
  const { tenant, window, signal } = bounds;
  const { blocks } = await source.list(tenant, window);
  const ids = given.ids ?? (await dividedIds(storage, blocks, databases.length, signal));
  const blocksOf = (db: Store, share: number, from: BlockSource): NestedBlocks =>
    new NestedBlocks(db, storage, locate, from, { share, of: databases.length });
  return {
    ...bounds,
    divided: databases.map((db, n) => blocksOf(db, n, partly(source, ids[n]!))),
    whole: databases.map((db, n) => blocksOf(db, n, source)),
    gather: gatherRows,
  };
}
