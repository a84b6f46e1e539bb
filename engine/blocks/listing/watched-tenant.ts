/** What is known of the blocks of one tenant, brought up to date cheaply. */

import { concurrently } from '../concurrently.js';
import { type BlockMeta, isBlockId, type MetaResult } from '../meta.js';
import type { Storage } from '../storage.js';
import { type BlockList, selectBlocks } from './block-list.js';
import { type BlockRange, succeeds } from './block-range.js';
import { type BlockState, lookAt, REQUESTS_AT_ONCE } from './look-at.js';
import { canSurvey, type SurveyableStorage, statesOf, surveyBlocks } from './survey.js';
import { type LoadedIndex, loadTenantIndex } from './tenant-index.js';
import type { Tenant } from './tenants.js';

export interface BlockChanges {
  readonly appeared: readonly BlockMeta[];
  /** Compacted, or removed by retention. */
  readonly vanished: readonly BlockMeta[];
}

/** So many known blocks are looked at again in each round, in turn: nothing else tells that one was compacted meanwhile. */
const REVISITED = 64;
/** A second listing finds what took the place of the blocks that were compacted during the first. */
const SURVEYS = 2;

export class WatchedTenant {
  private readonly known = new Map<string, MetaResult>();
  /** Of a bucket: those that were compacted, as long as their files are there. */
  private readonly compacted = new Set<string>();
  private index: LoadedIndex = { warnings: [] };
  private revisit: string[] = [];
  private refreshed = false;
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly storage: Storage,
    readonly tenant: Tenant,
  ) {}

  /** All blocks that can be read, by no particular order. */
  get blocks(): readonly BlockMeta[] {
    return [...this.known.values()].flatMap((result) => (result.kind === 'meta' ? [result.meta] : []));
  }

  /** Whether it was ever looked at. */
  get isKnown(): boolean {
    return this.refreshed;
  }

  list(range: BlockRange): BlockList {
    return { ...selectBlocks([...this.known.values()], range), warnings: this.index.warnings };
  }

  /**
   * One listing, the index where it changed, and a request for each block that is new; where a listing does not tell what became of a
   * block, also for each that is in doubt or next in turn. Rejects with a `StorageError`, which leaves what was known.
   */
  refresh(): Promise<BlockChanges> {
    // One after another: what began before it was asked for may have missed what the question is about.
    const next = this.last.then(async () => {
      const changes = await this.look();
      this.refreshed = true;
      return changes;
    });
    this.last = next.catch(() => undefined);
    return next;
  }

  private async look(): Promise<BlockChanges> {
    if (canSurvey(this.storage)) return await this.survey(this.storage);
    const [index, { directories }] = await Promise.all([
      loadTenantIndex(this.storage, this.tenant, this.index),
      this.storage.list(this.tenant.path),
    ]);
    this.index = index;
    const before = new Map(this.known);
    const listed = new Set(directories.filter(isBlockId));
    const compacted = index.index?.compacted;
    for (const id of this.known.keys()) if (!listed.has(id) || compacted?.has(id)) this.known.delete(id);
    const unknown = [...listed].filter((id) => !this.isSettled(id) && !compacted?.has(id));
    await this.ask(unknown, true);
    await this.ask(this.doubtful(before), false);
    return changes(before, this.known);
  }

  private async survey(storage: SurveyableStorage): Promise<BlockChanges> {
    const loading = loadTenantIndex(storage, this.tenant, this.index);
    // It is awaited only after the listing, whose failure would leave this one unheard.
    loading.catch(() => undefined);
    const states = new Map<string, BlockState>();
    for (let round = 0; round < SURVEYS; round++) {
      const survey = await surveyBlocks(storage, this.tenant);
      const { index } = await loading;
      if (round === 0) {
        for (const [id, result] of this.known)
          if (result.kind === 'meta' && survey.get(id) === 'live') states.set(id, result);
        for (const id of this.compacted)
          if (survey.get(id) === 'compacted') states.set(id, { kind: 'compacted' });
      }
      const found = await statesOf({ storage, tenant: this.tenant, range: {}, index, survey }, states);
      for (const [id, state] of found.states) states.set(id, state);
      if (!found.needsAnother) break;
    }
    this.index = await loading;
    const before = new Map(this.known);
    this.known.clear();
    this.compacted.clear();
    for (const [id, state] of states) {
      if (state.kind === 'meta' || state.kind === 'problem') this.known.set(id, state);
      else if (state.kind === 'compacted') this.compacted.add(id);
    }
    return changes(before, this.known);
  }

  private isSettled(id: string): boolean {
    return this.known.get(id)?.kind === 'meta';
  }

  /** Those that a new block may have taken the place of, and some others in turn. */
  private doubtful(before: ReadonlyMap<string, MetaResult>): readonly string[] {
    const blocks = this.blocks;
    const newcomers = blocks.filter(({ blockId }) => !before.has(blockId));
    const old = blocks.filter(({ blockId }) => before.has(blockId));
    const replaced = old.filter((block) => newcomers.some((newer) => succeeds(newer, block)));
    if (this.revisit.length === 0) this.revisit = old.map(({ blockId }) => blockId);
    const inTurn = this.revisit.splice(0, REVISITED).filter((id) => this.known.has(id));
    return [...new Set([...replaced.map(({ blockId }) => blockId), ...inTurn])];
  }

  /** Asks what became of blocks. What the index says of a block that is not known yet is believed. */
  private async ask(ids: readonly string[], believe: boolean): Promise<void> {
    await concurrently(REQUESTS_AT_ONCE, ids, async (id) => {
      const indexed = this.index.index?.blocks.get(id);
      const known = this.known.get(id) ?? indexed;
      if (believe && indexed?.kind === 'meta') {
        this.known.set(id, indexed);
        return;
      }
      const state = await lookAt(this.storage, this.tenant, id, known?.kind === 'meta' ? known : undefined);
      if (state.kind === 'meta' || state.kind === 'problem') this.known.set(id, state);
      else this.known.delete(id);
    });
  }
}

function changes(
  before: ReadonlyMap<string, MetaResult>,
  after: ReadonlyMap<string, MetaResult>,
): BlockChanges {
  const only = (here: ReadonlyMap<string, MetaResult>, there: ReadonlyMap<string, MetaResult>): BlockMeta[] =>
    [...here].flatMap(([id, result]) =>
      result.kind === 'meta' && there.get(id)?.kind !== 'meta' ? [result.meta] : [],
    );
  return { appeared: only(after, before), vanished: only(before, after) };
}
