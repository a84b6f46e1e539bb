/**
 * The blocks that a run reads.
 *
 * A block exists if and only if its `meta.json` does: Tempo writes that last, and compaction renames it to
 * `meta.compacted.json` once the successor exists. So a block without either is still being written (or half deleted),
 * and a block found compacted has its data in one that a listing made afterwards shows.
 */

import { concurrently } from '../concurrently.js';
import { type BlockMeta, isBlockId, type MetaResult } from '../meta.js';
import type { BlockProblem } from '../problem.js';
import type { Storage } from '../storage.js';
import { type BlockRange, inRange, succeeds } from './block-range.js';
import { type BlockState, lookAt, REQUESTS_AT_ONCE } from './look-at.js';
import { canSurvey, type SurveyableStorage, statesOf, surveyBlocks } from './survey.js';
import { type LoadedIndex, loadTenantIndex, type TenantIndex } from './tenant-index.js';
import type { Tenant } from './tenants.js';

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

/** Each round that finds blocks compacted needs another listing, for their successors. */
const MAX_ROUNDS = 5;

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
  if (canSurvey(storage)) return await listBySurvey(storage, tenant, range);
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
  return { ...selectBlocks(settled(states, index), range), warnings };
}

/** The same where one listing has the files of all blocks. */
async function listBySurvey(
  storage: SurveyableStorage,
  tenant: Tenant,
  range: BlockRange,
): Promise<BlockList> {
  const loading = loadTenantIndex(storage, tenant);
  const states = new Map<string, BlockState>();
  let { index, warnings }: LoadedIndex = { warnings: [] };
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const survey = await surveyBlocks(storage, tenant);
    if (round === 0) ({ index, warnings } = await loading);
    const found = await statesOf({ storage, tenant, range, index, survey }, states);
    for (const [id, state] of found.states) states.set(id, state);
    if (!found.needsAnother) break;
  }
  return { ...selectBlocks(settled(states, index), range), warnings };
}

/** What the states of all blocks come to. What the index lists and is gone is a problem, unless another block has taken its place. */
function settled(
  states: ReadonlyMap<string, BlockState>,
  index: TenantIndex | undefined,
): readonly MetaResult[] {
  const found = [...states].filter(([id, state]) => state.kind === 'meta' && !index?.blocks.has(id));
  const newcomers = found.flatMap(([, state]) => (state.kind === 'meta' ? [state.meta] : []));
  return [...states].flatMap(([id, state]): readonly MetaResult[] => {
    if (state.kind === 'meta' || state.kind === 'problem') return [state];
    const indexed = index?.blocks.get(id);
    if (state.kind === 'compacted' || indexed?.kind !== 'meta') return [];
    return newcomers.some((newer) => succeeds(newer, indexed.meta)) ? [] : [vanishedBlock(indexed.meta)];
  });
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

function compare(a: string, b: string): number {
  return Number(a > b) - Number(a < b);
}
