/** What is known of the blocks of one tenant, brought up to date cheaply. */
import {
  type BlockList,
  type BlockRange,
  lookAt,
  REQUESTS_AT_ONCE,
  selectBlocks,
  succeeds,
} from './block-list.js';
import { concurrently } from './concurrently.js';
import { type BlockMeta, isBlockId, type MetaResult } from './meta.js';
import type { Storage } from './storage.js';
import { type LoadedIndex, loadTenantIndex } from './tenant-index.js';
import type { Tenant } from './tenants.js';

export interface BlockChanges {
  readonly appeared: readonly BlockMeta[];
  /** Compacted, or removed by retention. */
  readonly vanished: readonly BlockMeta[];
}

/** So many known blocks are looked at again in each round, in turn: nothing else tells that one was compacted meanwhile. */
const REVISITED = 64;

export class WatchedTenant {
  private readonly known = new Map<string, MetaResult>();
  private index: LoadedIndex = { warnings: [] };
  private revisit: string[] = [];
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly storage: Storage,
    readonly tenant: Tenant,
  ) {}

  /** All blocks that can be read, by no particular order. */
  get blocks(): readonly BlockMeta[] {
    return [...this.known.values()].flatMap((result) => (result.kind === 'meta' ? [result.meta] : []));
  }

  list(range: BlockRange): BlockList {
    return { ...selectBlocks([...this.known.values()], range), warnings: this.index.warnings };
  }

  /**
   * One listing, the index where it changed, and a request for each block that is new, in doubt or next in turn. Rejects with a
   * `StorageError`, which leaves what was known.
   */
  refresh(): Promise<BlockChanges> {
    // One after another: what began before it was asked for may have missed what the question is about.
    const next = this.last.then(() => this.look());
    this.last = next.catch(() => undefined);
    return next;
  }

  private async look(): Promise<BlockChanges> {
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
