/**
 * The blocks that a run reads.
 *
 * A block exists if and only if its `meta.json` does: Tempo writes that last, and compaction renames it to
 * `meta.compacted.json` once the successor exists. So a block without either is still being written (or half deleted),
 * and a block found compacted has its data in one that a listing made afterwards shows.
 */
import { concurrently } from './concurrently.js';
import { type BlockMeta, isBlockId, type MetaResult, parseMeta } from './meta.js';
import type { BlockProblem } from './problem.js';
import { isNotFound, joinPath, type Storage, StorageError } from './storage.js';
import { loadTenantIndex } from './tenant-index.js';
import type { Tenant } from './tenants.js';

/**
 * Producers clamp a block's times to within 2 minutes of the writing, so a late span lies in a block whose range does
 * not cover it. Spans later than this margin are missed.
 */
const DEFAULT_MARGIN_NS = 3_600_000_000_000n;

/** Nanoseconds since the Unix epoch; absent ends are open. A block counts if its range widened by the margin overlaps. */
export interface BlockRange {
  /** Inclusive. */
  readonly fromNs?: bigint;
  /** Exclusive. */
  readonly toNs?: bigint;
  readonly marginNs?: bigint;
}

export interface BlockList {
  /** By start time, then id. */
  readonly blocks: readonly BlockMeta[];
  /** Blocks that may hold wanted data and cannot be read, by id. */
  readonly unread: readonly BlockProblem[];
  /** What is odd and loses nothing. */
  readonly warnings: readonly BlockProblem[];
  /** How many blocks the time range left out. */
  readonly outside: number;
}

/** What became of a block: `gone` has neither meta. */
export type BlockState = MetaResult | { readonly kind: 'compacted' | 'gone' };

/** Each round that finds blocks compacted needs another listing, for their successors. */
const MAX_ROUNDS = 5;
export const REQUESTS_AT_ONCE = 16;

/**
 * The index is read first; only blocks that it does not know, or that the range selects, cost a request each. To find
 * the successor of a block that vanishes later, call it again. Rejects with a `StorageError` if the tenant cannot be
 * listed at all.
 */
export async function listBlocks(
  storage: Storage,
  tenant: Tenant,
  range: BlockRange = {},
): Promise<BlockList> {
  const { index, warnings } = await loadTenantIndex(storage, tenant);
  const states = new Map<string, BlockState>();
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const { directories } = await storage.list(tenant.path);
    const listed = new Set(directories.filter(isBlockId));
    const ids = round === 0 ? new Set([...(index?.blocks.keys() ?? []), ...listed]) : listed;
    const unknown = [...ids].filter((id) => !states.has(id) && !index?.compacted.has(id));
    await concurrently(REQUESTS_AT_ONCE, unknown, async (id) => {
      const indexed = index?.blocks.get(id);
      // What the range leaves out need not be looked at, and what no listing shows need not be asked for.
      if (indexed && !inRange(indexed, range)) states.set(id, indexed);
      else if (!listed.has(id)) states.set(id, { kind: 'gone' });
      else states.set(id, await lookAt(storage, tenant, id, indexed));
    });
    const vanished = unknown.some((id) => {
      const kind = states.get(id)?.kind;
      return kind === 'compacted' || (kind === 'gone' && index?.blocks.has(id));
    });
    if (!vanished) break;
  }
  const found = [...states].filter(([id, state]) => state.kind === 'meta' && !index?.blocks.has(id));
  const newcomers = found.flatMap(([, state]) => (state.kind === 'meta' ? [state.meta] : []));
  const results = [...states].flatMap(([id, state]): readonly MetaResult[] => {
    if (state.kind === 'meta' || state.kind === 'problem') return [state];
    const indexed = index?.blocks.get(id);
    if (state.kind === 'compacted' || indexed?.kind !== 'meta') return [];
    return newcomers.some((newer) => succeeds(newer, indexed.meta)) ? [] : [vanishedBlock(indexed.meta)];
  });
  return { ...selectBlocks(results, range), warnings };
}

/** Reads what is there now. A meta from the index is used again if its block still stands. */
export async function lookAt(
  storage: Storage,
  tenant: Tenant,
  blockId: string,
  indexed: MetaResult | undefined,
): Promise<BlockState> {
  const path = joinPath(tenant.path, blockId, 'meta.json');
  try {
    if (indexed) {
      await storage.size(path);
      return indexed;
    }
    const text = new TextDecoder().decode(await storage.read(path));
    return parseMeta(text, { tenant: tenant.name, tenantPath: tenant.path, blockId });
  } catch (error) {
    if (!isNotFound(error)) return unreadable(tenant, blockId, path, error);
  }
  const compactedPath = joinPath(tenant.path, blockId, 'meta.compacted.json');
  try {
    await storage.size(compactedPath);
    return { kind: 'compacted' };
  } catch (error) {
    return isNotFound(error) ? { kind: 'gone' } : unreadable(tenant, blockId, compactedPath, error);
  }
}

/** Of all blocks of a tenant, those that the range selects. */
export function selectBlocks(results: readonly MetaResult[], range: BlockRange): Omit<BlockList, 'warnings'> {
  const wanted = results.filter((result) => inRange(result, range));
  const blocks = wanted.flatMap((result) => (result.kind === 'meta' ? [result.meta] : []));
  const unread = wanted.flatMap((result) => (result.kind === 'problem' ? [result.problem] : []));
  blocks.sort(
    (a, b) => Number(a.startNs > b.startNs) - Number(a.startNs < b.startNs) || compare(a.blockId, b.blockId),
  );
  unread.sort((a, b) => compare(a.blockId ?? '', b.blockId ?? ''));
  return { blocks, unread, outside: results.length - wanted.length };
}

/** A block whose times are not known may hold anything. */
function inRange(result: MetaResult, range: BlockRange): boolean {
  const { startNs, endNs } = result.kind === 'meta' ? result.meta : result.problem;
  if (startNs === undefined || endNs === undefined) return true;
  const margin = range.marginNs ?? DEFAULT_MARGIN_NS;
  return (
    (range.fromNs === undefined || endNs + margin >= range.fromNs) &&
    (range.toNs === undefined || startNs - margin < range.toNs)
  );
}

/** Compaction joins whole blocks and counts the level up. */
export function succeeds(newer: BlockMeta, old: BlockMeta): boolean {
  return (
    newer.compactionLevel > old.compactionLevel && newer.startNs <= old.startNs && newer.endNs >= old.endNs
  );
}

function vanishedBlock({ tenant, blockId, startNs, endNs, dataPath }: BlockMeta): MetaResult {
  const message = 'the tenant index lists it, but it is gone and no block took its place';
  const problem = {
    code: 'BT4003',
    severity: 'error',
    tenant,
    blockId,
    path: dataPath,
    startNs,
    endNs,
    message,
  } as const;
  return { kind: 'problem', problem };
}

function unreadable(tenant: Tenant, blockId: string, path: string, error: unknown): MetaResult {
  if (!(error instanceof StorageError)) throw error;
  const file = path.slice(path.lastIndexOf('/') + 1);
  const message = `${file} ${error.message}`;
  return {
    kind: 'problem',
    problem: { code: 'BT4004', severity: 'error', tenant: tenant.name, blockId, path, message },
  };
}

function compare(a: string, b: string): number {
  return Number(a > b) - Number(a < b);
}
