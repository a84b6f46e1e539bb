/** What one flat listing of a tenant shows of all its blocks: which files each of them has, and so what became of it. */

import { concurrently } from '../concurrently.js';
import { type BlockMeta, isBlockId } from '../meta.js';
import type { Storage } from '../storage.js';
import { type BlockRange, inRange, succeeds } from './block-range.js';
import { type BlockState, lookAt, readCompacted } from './look-at.js';
import type { TenantIndex } from './tenant-index.js';
import type { Tenant } from './tenants.js';

export interface SurveyableStorage extends Storage {
  readonly walk: NonNullable<Storage['walk']>;
}

export function canSurvey(storage: Storage): storage is SurveyableStorage {
  return storage.walk !== undefined;
}

/**
 * - `live`: it has a `meta.json`
 * - `compacted`: it has a `meta.compacted.json`, and for a moment both, as stores do not rename
 * - `unfinished`: it has neither: Tempo writes the meta last, and removes it first
 */
export type ListedState = 'live' | 'compacted' | 'unfinished';

/** By id. Rejects with a `StorageError`. */
export async function surveyBlocks(
  storage: SurveyableStorage,
  tenant: Tenant,
): Promise<ReadonlyMap<string, ListedState>> {
  const found = new Map<string, ListedState>();
  await storage.walk(tenant.path, (path) => {
    const [id = '', file, ...more] = path.split('/');
    if (!isBlockId(id) || more.length > 0) return;
    const before = found.get(id) ?? 'unfinished';
    if (file === 'meta.compacted.json') found.set(id, 'compacted');
    else if (file === 'meta.json' && before !== 'compacted') found.set(id, 'live');
    else found.set(id, before);
  });
  return found;
}

/** Without an index every block costs a request, which takes its time on the way. */
const ASKED_AT_ONCE = 48;

/** How old an index may be for what it lists and no listing shows to be looked for: some stores list late, and none by more than this. */
const LISTED_LATE_NS = 900_000_000_000n;

export interface Surveyed {
  readonly storage: Storage;
  readonly tenant: Tenant;
  readonly range: BlockRange;
  readonly index: TenantIndex | undefined;
  readonly survey: ReadonlyMap<string, ListedState>;
}

export interface FoundStates {
  /** Of the blocks that were not known. */
  readonly states: ReadonlyMap<string, BlockState>;
  /** A block was compacted, and what took its place is not seen yet: the parts of a listing are not of one moment. */
  readonly needsAnother: boolean;
}

/** What a survey means for the blocks that are not `known` yet. Only what the index does not know costs a request. */
export async function statesOf(
  { storage, tenant, range, index, survey }: Surveyed,
  known: ReadonlyMap<string, BlockState>,
): Promise<FoundStates> {
  const states = new Map<string, BlockState>();
  const compacted: string[] = [];
  const asked: string[] = [];
  const listedLate =
    index !== undefined && BigInt(Date.now()) * 1_000_000n - index.createdNs < LISTED_LATE_NS;
  for (const [id, state] of survey) {
    if (known.has(id)) continue;
    const indexed = index?.blocks.get(id);
    if (state === 'compacted') {
      if (index?.compacted.has(id)) states.set(id, { kind: 'compacted' });
      else compacted.push(id);
    } else if (state === 'live') {
      if (indexed === undefined) asked.push(id);
      else states.set(id, indexed);
    } else if (indexed === undefined) states.set(id, { kind: 'gone' });
    else if (listedLate && inRange(indexed, range)) asked.push(id);
    else states.set(id, { kind: 'gone' });
  }
  for (const [id, indexed] of index?.blocks ?? []) {
    if (survey.has(id) || known.has(id)) continue;
    if (!inRange(indexed, range)) states.set(id, indexed);
    else if (listedLate) asked.push(id);
    else states.set(id, { kind: 'gone' });
  }
  await concurrently(ASKED_AT_ONCE, asked, async (id) => {
    states.set(id, await lookAt(storage, tenant, id, undefined));
  });
  const found = (states: ReadonlyMap<string, BlockState>): readonly BlockMeta[] =>
    [...states.values()].flatMap((state) => (state.kind === 'meta' ? [state.meta] : []));
  const live = [...found(known), ...found(states)].filter(({ compactionLevel }) => compactionLevel > 0);
  let needsAnother = asked.some((id) => {
    const kind = states.get(id)?.kind;
    return kind === 'compacted' || (kind === 'gone' && survey.has(id));
  });
  await concurrently(ASKED_AT_ONCE, compacted, async (id) => {
    states.set(id, { kind: 'compacted' });
    const old = index?.blocks.get(id) ?? (await readCompacted(storage, tenant, id));
    const replaced = old?.kind === 'meta' && live.some((newer) => succeeds(newer, old.meta));
    if (old !== undefined && inRange(old, range) && !replaced) needsAnother = true;
  });
  return { states, needsAnother };
}
