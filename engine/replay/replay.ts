import { listBlocks, succeeds } from '../blocks/block-list.js';
import type { FlatCache, Lease } from '../blocks/cache.js';
import { concurrently } from '../blocks/concurrently.js';
import type { FlattenPool } from '../blocks/flatten/pool.js';
import type { BlockMeta } from '../blocks/meta.js';
import { type BlockProblem, blockProblemOf } from '../blocks/problem.js';
import type { Storage } from '../blocks/storage.js';
import type { Tenant } from '../blocks/tenants.js';
import type { ResolvedRule } from '../language/workspace.js';
import { planRules } from '../plan/lower.js';
import type { ColumnNeeds } from '../plan/schema.js';
import { BlockRelations, type Window } from '../spans/block-relations.js';
import { Database, isOutOfMemory } from '../sql/duckdb/database.js';
import { evaluateRules } from '../sql/duckdb/evaluate.js';
import { bucketWidth } from './buckets.js';
import { RuleCollector } from './collect.js';
import type { ReplayResult } from './result.js';

export interface ReplayOptions {
  readonly storage: Storage;
  readonly tenant: Tenant;
  readonly rules: readonly ResolvedRule[];
  readonly window: Window;
  readonly cache: FlatCache;
  readonly flatten: FlattenPool;
  /** Bytes that the whole run may use, about. */
  readonly memory: number;
  readonly tempDirectory: string;
  readonly threads?: number;
  /** Violations listed for each rule. */
  readonly limit: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ReplayProgress) => void;
}

export interface ReplayProgress {
  readonly stage: 'reading' | 'evaluating';
  /** Blocks read, or spans evaluated, out of `total`. */
  readonly done: number;
  readonly total: number;
  /** Spans read or evaluated so far. */
  readonly spans: number;
}

/**
 * Rules over stored blocks. A block that cannot be read is named in the result and costs nothing but its traces; only
 * storage that cannot be listed, or an abort, rejects.
 */
export async function replay(options: ReplayOptions): Promise<ReplayResult> {
  const plan = planRules(options.rules);
  const opening = Database.open({
    memory: Math.floor(options.memory * DUCKDB_SHARE),
    tempDirectory: options.tempDirectory,
    ...(options.threads === undefined ? {} : { threads: options.threads }),
  });
  const [reading, db] = await bothOrNone(readBlocks(options, plan.needs), opening);
  const stop = (): void => db.interrupt();
  options.signal?.addEventListener('abort', stop);
  try {
    const blocks = reading.leases.map((lease) => lease.block);
    const relations = await BlockRelations.open(db, blocks, plan.needs, options.window);
    const range = {
      fromNs: options.window.fromNs ?? relations.firstStart,
      toNs: options.window.toNs ?? (relations.lastStart === undefined ? undefined : relations.lastStart + 1n),
    };
    const bucketNs = bucketWidth(range.fromNs ?? 0n, range.toNs ?? 0n);
    const collectors = plan.rules.map((rule) => new RuleCollector(options.tenant.name, rule, options.limit));
    const units = relations.units(unitBudget(options.memory));
    const total = units.reduce((sum, unit) => sum + unit.spans, 0);
    let done = 0;
    const queue = [...units];
    for (let unit = queue.shift(); unit !== undefined; unit = queue.shift()) {
      options.signal?.throwIfAborted();
      options.onProgress?.({ stage: 'evaluating', done, total, spans: done });
      try {
        await relations.show(unit);
        const { rules } = await evaluateRules(db, plan, relations.columns, {
          bucketNs,
          limit: options.limit,
          ...(options.signal === undefined ? {} : { signal: options.signal }),
        });
        for (const [n, found] of rules.entries()) collectors[n]!.add(found);
        done += unit.spans;
      } catch (error) {
        // How much rules need of a span cannot be known before: what does not fit is done in halves.
        const halves = isOutOfMemory(error) ? relations.split(unit) : undefined;
        if (halves === undefined) throw error;
        queue.unshift(...halves);
      }
    }
    options.onProgress?.({ stage: 'evaluating', done, total, spans: done });
    return {
      tenant: options.tenant.name,
      range: {
        ...(range.fromNs === undefined ? {} : { fromNs: range.fromNs }),
        ...(range.toNs === undefined ? {} : { toNs: range.toNs }),
      },
      blocks: { read: blocks.length, unread: reading.unread, warnings: reading.warnings },
      traces: relations.traces,
      spans: relations.spanCount,
      bucketNs,
      rules: collectors.map((collector) => collector.result()),
    };
  } finally {
    options.signal?.removeEventListener('abort', stop);
    db.close();
    for (const lease of reading.leases) lease.release();
  }
}

/** Waits for both; when one rejects, gives back what the other got. */
async function bothOrNone(
  reading: Promise<Reading>,
  opening: Promise<Database>,
): Promise<readonly [Reading, Database]> {
  const [blocks, database] = await Promise.allSettled([reading, opening]);
  if (blocks.status === 'fulfilled' && database.status === 'fulfilled') return [blocks.value, database.value];
  if (blocks.status === 'fulfilled') for (const lease of blocks.value.leases) lease.release();
  if (database.status === 'fulfilled') database.value.close();
  throw blocks.status === 'rejected' ? blocks.reason : (database as PromiseRejectedResult).reason;
}

/** The rest is for Node, and for flattening, which is over when DuckDB starts to fill its share. */
const DUCKDB_SHARE = 0.5;
/** What a span that some rule looks at may take in DuckDB, with the joins about it, in bytes. */
const BYTES_PER_SPAN = 600;

function unitBudget(memory: number): number {
  return Math.max(50_000, Math.floor((memory * DUCKDB_SHARE) / BYTES_PER_SPAN));
}

interface Reading {
  readonly leases: readonly Lease[];
  readonly unread: readonly BlockProblem[];
  readonly warnings: readonly BlockProblem[];
}

/** Flattens the blocks of the window, as many at once as there are workers. */
async function readBlocks(options: ReplayOptions, needs: ColumnNeeds): Promise<Reading> {
  const { storage, tenant, window, cache, flatten } = options;
  const leases = new Map<string, Lease>();
  const problems = new Map<string, BlockProblem>();
  const vanishedBlocks = new Map<string, BlockMeta>();
  let warnings: readonly BlockProblem[] = [];
  let spans = 0;
  const read = async (block: BlockMeta, total: number): Promise<boolean> => {
    options.signal?.throwIfAborted();
    try {
      const lease = await cache.acquire(block, needs, (paths) =>
        flatten.flatten(block, needs, paths, options.signal),
      );
      leases.set(block.blockId, lease);
      spans += lease.block.spanCount;
      options.onProgress?.({ stage: 'reading', done: leases.size, total, spans });
      return true;
    } catch (error) {
      const problem = options.signal?.aborted ? undefined : blockProblemOf(block, error);
      if (problem === undefined) throw error;
      problems.set(block.blockId, problem);
      if (problem.code !== 'BT4003') return true;
      vanishedBlocks.set(block.blockId, block);
      return false;
    }
  };
  // A block that vanished was compacted: its traces are in a block that a new listing shows.
  for (let round = 0; round < LISTINGS; round++) {
    const list = await listBlocks(storage, tenant, window);
    warnings = list.warnings;
    for (const problem of list.unread)
      if (problem.blockId !== undefined) problems.set(problem.blockId, problem);
    // What retention or another program removed, and no block took the place of, stays a problem.
    for (const [id, gone] of vanishedBlocks)
      if (list.blocks.some((block) => succeeds(block, gone))) problems.delete(id);
    const fresh = list.blocks.filter(({ blockId }) => !leases.has(blockId) && !problems.has(blockId));
    const total = leases.size + fresh.length;
    let vanished = false;
    await concurrently(flatten.size, fresh, async (block) => {
      vanished = !(await read(block, total)) || vanished;
    });
    if (!vanished) break;
  }
  const order = [...leases.keys()].sort();
  const unreadInOrder = [...problems.keys()].sort().map((id) => problems.get(id)!);
  return { leases: order.map((id) => leases.get(id)!), unread: unreadInOrder, warnings };
}

const LISTINGS = 3;
