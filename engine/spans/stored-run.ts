import type { FlatCache, Lease } from '../blocks/cache/cache.js';
import { concurrently } from '../blocks/concurrently.js';
import type { FlattenPool } from '../blocks/flatten/pool.js';
import { succeeds } from '../blocks/listing/block-range.js';
import { type BlockSource, listingSource } from '../blocks/listing/block-source.js';
import type { Tenant } from '../blocks/listing/tenants.js';
import type { BlockMeta } from '../blocks/meta.js';
import type { BlockProblem } from '../blocks/problem.js';
import { blockProblemOf } from '../blocks/problem-of-error.js';
import type { Storage } from '../blocks/storage.js';
import type { ColumnNeeds } from '../plan/schema.js';
import type { AttributeColumns } from '../sql/compile/attribute-columns.js';
import type { BlockRelations } from '../sql/relations/block-relations.js';
import type { SpanCounts } from '../sql/relations/count.js';
import type { Window } from '../sql/relations/window.js';
import { isOutOfMemory } from '../sql/store/out-of-memory.js';
import type { Store } from '../sql/store/store.js';
import type { Sql } from '../sql/text/sql.js';
import { BrokenBlocks, checkBlocks, type HeldBlock, mayBeOfBlocks } from './broken-blocks.js';
import { RunDatabase, type RunDatabases } from './run-databases.js';

/** What a run is about, and what it may use. */
export interface RunBounds {
  readonly tenant: Tenant;
  readonly window: Window;
  /** Bytes that the whole run may use, about. */
  readonly memory: number;
  readonly tempDirectory: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: RunProgress) => void;
}

/** Where stored traces are read from and what reading and evaluating them may use. */
export interface StoredTraces extends RunBounds {
  readonly storage: Storage;
  /** Where the list of blocks comes from; by default they are listed anew. */
  readonly blocks?: BlockSource;
  readonly cache: FlatCache;
  readonly flatten: FlattenPool;
  readonly threads?: number;
  /** Where the run borrows its database; without it the run opens one and closes it. */
  readonly databases?: RunDatabases;
  /** Traces that the run is about, by the ids of their blocks: the numbers of their rows, ascending. Default: all. */
  readonly only?: ReadonlyMap<string, readonly number[]>;
}

export interface RunProgress {
  readonly stage: 'reading' | 'evaluating';
  /** Blocks read, or spans evaluated, out of `total`. */
  readonly done: number;
  readonly total: number;
  /** Spans read or evaluated so far. */
  readonly spans: number;
}

/** The traces of a run, readable in units that fit in memory. */
export interface StoredRun {
  readonly db: Store;
  readonly columns: AttributeColumns;
  readonly blocks: {
    readonly read: number;
    /** Their size in storage. */
    readonly bytes: number;
    /** By id. */
    readonly unread: readonly BlockProblem[];
    readonly warnings: readonly BlockProblem[];
  };
  /** Traces in the window, and spans of the blocks read. */
  readonly traces: number;
  readonly spans: number;
  /** Starts of the first and the last trace in the window; absent when there is none. */
  readonly firstStart?: bigint;
  readonly lastStart?: bigint;
  /**
   * Calls `evaluate` with `spans`, `traces`, `events` and `links` of one unit after another; together the units hold every trace
   * of the window once. A unit that does not fit in memory is done in halves, so `evaluate` must change nothing before it
   * has succeeded. Its argument says whether that could be done. Units are the larger, the less of
   * their spans is `kept` meanwhile. `anew`: something else was put in the place of the relations.
   */
  forEachUnit(
    evaluate: (canSplit: boolean) => Promise<void>,
    options?: { readonly kept?: Kept; readonly anew?: boolean },
  ): Promise<void>;
  /** Every row of a trace in the blocks, whatever the window: with `trace_id`. */
  readonly allTraces: Sql;
  /** A SELECT of spans of the unit at hand, those of these traces (by their keys) among them, which reads little else. */
  spansNear(traces: readonly bigint[]): Sql;
  /** Spans of the unit at hand: all, each once, and those of them that share their id with another span of their trace. */
  countSpans(): Promise<SpanCounts>;
  /** Instead of units, what is stored in blocks; absent where nothing is. */
  readonly stored?: {
    /** See `BlockRelations.showStored`. */
    show(): Promise<Sql>;
    /** See `BlockRelations.blocksOutside`. */
    blocksOutside(): Promise<ReadonlySet<string>>;
    /** Where the traces of a table are, as `StoredTraces.only` has it. */
    rowsOf(traces: Sql): Promise<ReadonlyMap<string, readonly number[]>>;
  };
  /** For when statements failed and something else than the blocks would be blamed: rejects, as `work` should, where it is they. */
  checkBlocks(): Promise<void>;
}

/**
 * Runs `work` over the traces of stored blocks, with the columns of `needs`. A block that cannot be read is named in the run and costs
 * nothing but its traces; only storage that cannot be listed, an abort, or `work` itself rejects. Where that shows only in the
 * database, `work` starts again without the block, so it must keep nothing of a time that failed.
 */
export async function overStoredTraces<T>(
  traces: StoredTraces,
  needs: ColumnNeeds,
  work: (run: StoredRun) => Promise<T>,
): Promise<T> {
  const suspects = new Set<string>();
  const broken = new Map<string, BlockProblem>();
  for (;;) {
    try {
      return await overReadBlocks(traces, needs, broken, work);
    } catch (error) {
      if (!(error instanceof BrokenBlocks)) throw error;
      // What is broken may be our copy only. The block is, if it is so again.
      for (const problem of error.problems) {
        const id = problem.blockId ?? '';
        if (suspects.has(id)) broken.set(id, problem);
        else suspects.add(id);
      }
    }
  }
}

/** The same, but for the blocks known as `broken`; rejects with `BrokenBlocks` where there are more. */
async function overReadBlocks<T>(
  traces: StoredTraces,
  needs: ColumnNeeds,
  broken: ReadonlyMap<string, BlockProblem>,
  work: (run: StoredRun) => Promise<T>,
): Promise<T> {
  const options = {
    memory: Math.floor(traces.memory * DUCKDB_SHARE),
    tempDirectory: traces.tempDirectory,
    ...(traces.threads === undefined ? {} : { threads: traces.threads }),
  };
  const { databases, only } = traces;
  const read = readBlocks(traces, needs, broken);
  const [reading, database] =
    databases === undefined
      ? await bothOrNone(read, RunDatabase.open(options))
      : await takenFor(await read, (few) => databases.take(few ? { threads: 1, ...options } : options));
  const { db } = database;
  let ended = false;
  const stop = (): void => db.interruptAll();
  traces.signal?.addEventListener('abort', stop);
  try {
    const blocks = reading.held.map(({ lease }) => lease.block);
    const relations = await database.relationsOf(blocks, needs, traces.window, only);
    const { firstStart, lastStart } = relations;
    const result = await work({
      db,
      columns: relations.columns,
      blocks: {
        read: blocks.length,
        bytes: reading.bytes,
        unread: reading.unread,
        warnings: reading.warnings,
      },
      traces: relations.traces,
      spans: relations.spanCount,
      ...(firstStart === undefined ? {} : { firstStart }),
      ...(lastStart === undefined ? {} : { lastStart }),
      forEachUnit: async (evaluate, { kept = 'all', anew = false } = {}) => {
        if (anew) database.forgetShown();
        await forEachUnit(database, relations, traces, { evaluate, kept });
      },
      countSpans: () => database.countSpans(relations),
      stored: {
        show: () => database.showStored(relations),
        blocksOutside: () => relations.blocksOutside(),
        rowsOf: (keys) => relations.rowsOf(keys),
      },
      allTraces: relations.set.tables.traces,
      spansNear: (keys) => relations.spansNear(keys),
      checkBlocks: () => checkBlocks(reading.held),
    });
    ended = true;
    return result;
  } catch (error) {
    if (mayBeOfBlocks(error) && !traces.signal?.aborted) await checkBlocks(reading.held);
    throw error;
  } finally {
    traces.signal?.removeEventListener('abort', stop);
    // What an interrupted or failed statement leaves behind is unknown.
    if (ended && databases !== undefined) databases.giveBack(database);
    else db.close();
    for (const { lease } of reading.held) lease.release();
  }
}

async function forEachUnit(
  database: RunDatabase,
  relations: BlockRelations,
  { memory, signal, onProgress }: StoredTraces,
  { evaluate, kept }: { readonly evaluate: (canSplit: boolean) => Promise<void>; readonly kept: Kept },
): Promise<void> {
  const budget = unitBudget(memory);
  const units = relations.units(budget, budget * TIMES_AS_MANY[kept]);
  const total = units.reduce((sum, unit) => sum + unit.spans, 0);
  let done = 0;
  const queue = [...units];
  for (let unit = queue.shift(); unit !== undefined; unit = queue.shift()) {
    signal?.throwIfAborted();
    onProgress?.({ stage: 'evaluating', done, total, spans: done });
    const halves = relations.split(unit);
    try {
      await database.show(relations, unit);
      await evaluate(halves !== undefined);
      done += unit.spans;
    } catch (error) {
      // How much evaluation needs of a span cannot be known before: what does not fit is done in halves.
      if (halves === undefined || !isOutOfMemory(error)) throw error;
      queue.unshift(...halves);
    }
  }
  onProgress?.({ stage: 'evaluating', done, total, spans: done });
}

/** Fewer spans are done before a second thread has begun. */
const FEW_SPANS = 100_000;

/** `take` gets whether the blocks have few spans; where it rejects, the blocks are given back. */
async function takenFor(
  reading: Reading,
  take: (few: boolean) => Promise<RunDatabase>,
): Promise<readonly [Reading, RunDatabase]> {
  const spans = reading.held.reduce((sum, { lease }) => sum + lease.block.spanCount, 0);
  try {
    return [reading, await take(spans < FEW_SPANS)];
  } catch (error) {
    for (const { lease } of reading.held) lease.release();
    throw error;
  }
}

/** Waits for both; when one rejects, gives back what the other got. */
async function bothOrNone(
  reading: Promise<Reading>,
  opening: Promise<RunDatabase>,
): Promise<readonly [Reading, RunDatabase]> {
  const [blocks, database] = await Promise.allSettled([reading, opening]);
  if (blocks.status === 'fulfilled' && database.status === 'fulfilled') return [blocks.value, database.value];
  if (blocks.status === 'fulfilled') for (const { lease } of blocks.value.held) lease.release();
  if (database.status === 'fulfilled') database.value.db.close();
  throw blocks.status === 'rejected' ? blocks.reason : (database as PromiseRejectedResult).reason;
}

/** The rest is for Node, and for flattening, which is over when DuckDB starts to fill its share. */
const DUCKDB_SHARE = 0.5;
/** What a span that some rule or query looks at may take in DuckDB, with the joins about it, in bytes. */
const BYTES_PER_SPAN = 600;

/** What is kept of the spans of a unit: what is needed of all, of those that some filter matches, or none. */
export type Kept = 'all' | 'few' | 'none';

/** How many times as many spans a unit may have. Where `few` proves to be most, the database writes to its directory, or the unit is halved. */
const TIMES_AS_MANY: Readonly<Record<Kept, number>> = { all: 1, few: 8, none: 64 };

function unitBudget(memory: number): number {
  return Math.max(50_000, Math.floor((memory * DUCKDB_SHARE) / BYTES_PER_SPAN));
}

/** The blocks of a run, flat. */
interface Reading {
  readonly held: readonly HeldBlock[];
  readonly bytes: number;
  readonly unread: readonly BlockProblem[];
  readonly warnings: readonly BlockProblem[];
}

/**
 * Flattens the blocks of the window, as many at once as there are workers, but not those that are `broken`. With `traces.only`, of each block
 * what those traces need, and of a block that has none of them nothing.
 */
async function readBlocks(
  traces: StoredTraces,
  needs: ColumnNeeds,
  broken: ReadonlyMap<string, BlockProblem>,
): Promise<Reading> {
  const { storage, tenant, window, flatten } = traces;
  const held = new Map<string, HeldBlock>();
  const problems = new Map(broken);
  const vanishedBlocks = new Map<string, BlockMeta>();
  let warnings: readonly BlockProblem[] = [];
  let spans = 0;
  let bytes = 0;
  const read = async (block: BlockMeta, total: number): Promise<boolean> => {
    traces.signal?.throwIfAborted();
    try {
      const lease = await leaseOf(traces, block, needs);
      held.set(block.blockId, { block, lease });
      spans += lease.block.spanCount;
      bytes += block.size;
      traces.onProgress?.({ stage: 'reading', done: held.size, total, spans });
      return true;
    } catch (error) {
      const problem = traces.signal?.aborted ? undefined : blockProblemOf(block, error);
      if (problem === undefined) throw error;
      problems.set(block.blockId, problem);
      if (problem.code !== 'BT4003') return true;
      vanishedBlocks.set(block.blockId, block);
      return false;
    }
  };
  const source = traces.blocks ?? listingSource(storage);
  // A block that vanished was compacted: its traces are in a block that a new listing shows.
  for (let round = 0; round < LISTINGS; round++) {
    const list = await source.list(tenant, window, round > 0);
    warnings = list.warnings;
    for (const problem of list.unread)
      if (problem.blockId !== undefined) problems.set(problem.blockId, problem);
    // What retention or another program removed, and no block took the place of, stays a problem.
    for (const [id, gone] of vanishedBlocks)
      if (list.blocks.some((block) => succeeds(block, gone))) problems.delete(id);
    const fresh = list.blocks.filter(
      ({ blockId }) => !held.has(blockId) && !problems.has(blockId) && traces.only?.has(blockId) !== false,
    );
    const total = held.size + fresh.length;
    let vanished = false;
    await concurrently(flatten.size, fresh, async (block) => {
      vanished = !(await read(block, total)) || vanished;
    });
    if (!vanished) break;
  }
  // By time, so that what is listed of a long range is known after its first blocks.
  const inOrder = [...held.values()].sort((a, b) => byStart(a.block, b.block));
  const unreadInOrder = [...problems.keys()].sort().map((id) => problems.get(id)!);
  return { held: inOrder, bytes, unread: unreadInOrder, warnings };
}

/** Of some of its traces, no more is read of a block that the cache lacks. */
async function leaseOf(
  { cache, flatten, signal, only }: StoredTraces,
  block: BlockMeta,
  needs: ColumnNeeds,
): Promise<Lease> {
  const rows = only?.get(block.blockId);
  if (rows !== undefined && !(await cache.has(block, needs))) {
    const lease = await cache.acquireRows(
      block,
      needs,
      rows,
      async (paths) => await flatten.flattenRows(block, needs, paths, rows, signal),
    );
    if (lease !== undefined) return lease;
  }
  return await cache.acquire(block, needs, flatten.builder(block, signal));
}

function byStart(a: BlockMeta, b: BlockMeta): number {
  if (a.startNs !== b.startNs) return a.startNs < b.startNs ? -1 : 1;
  return a.blockId < b.blockId ? -1 : 1;
}

const LISTINGS = 3;
