/** What stored spans carry, in memory and kept up to date: what editors complete on. */

import { type BlockSummary, summariseBlock } from '../blocks/block-summary.js';
import type { FlatCache } from '../blocks/cache/cache.js';
import { SummaryStore } from '../blocks/cache/summary-store.js';
import type { FlattenPool } from '../blocks/flatten/pool.js';
import type { BlockMeta } from '../blocks/meta.js';
import type { BlockProblem } from '../blocks/problem.js';
import { blockProblemOf } from '../blocks/problem-of-error.js';
import { type AttributeSummary, addSummaries, type StoredSchema } from '../blocks/schema.js';
import type { Storage } from '../blocks/storage.js';
import type { StoredScope } from '../plan/schema.js';
import { openStore } from '../sql/open-store.js';
import type { ValueCount } from '../sql/relations/flat-values.js';
import type { Store } from '../sql/store/store.js';

export interface CatalogueOptions {
  readonly storage: Storage;
  readonly cache: FlatCache;
  readonly flatten: FlattenPool;
  /** Only the newest blocks of a tenant count, so many. Default 200, which is about 8 MB. */
  readonly maxBlocks?: number;
  /** Bytes that counting one block may use, about. */
  readonly memory?: number;
}

export interface CatalogueQuery {
  readonly scope?: StoredScope;
  /** Of the key, in any case. */
  readonly prefix?: string;
  readonly limit?: number;
}

export interface CatalogueAttribute extends AttributeSummary {
  /** Of all spans counted, the share that carries it; for events and links how many there are for each span. */
  readonly share: number;
}

const DEFAULT_BLOCKS = 200;
const DEFAULT_MEMORY = 256 * 1024 * 1024;
const EMPTY: StoredSchema = addSummaries([]);

/** The attributes, span names and services of one tenant. */
export class SchemaCatalogue {
  private readonly summaries = new Map<string, BlockSummary>();
  private readonly problems = new Map<string, BlockProblem>();
  private readonly store: SummaryStore;
  private schema: StoredSchema = EMPTY;
  private updating: Promise<void> = Promise.resolve();

  constructor(private readonly options: CatalogueOptions) {
    this.store = new SummaryStore(options.cache.directory);
  }

  /** Blocks counted. */
  get blocks(): number {
    return this.summaries.size;
  }

  /** Blocks that could not be read, which are tried again with the next update. */
  get unread(): readonly BlockProblem[] {
    return [...this.problems.values()];
  }

  get spans(): number {
    return this.schema.spans;
  }

  /**
   * Counts the blocks that are new, newest first, and forgets those that are gone; what is counted shows at once. Updates
   * follow each other. Rejects with the signal's reason, or with a bug; what was counted stays.
   */
  update(blocks: readonly BlockMeta[], signal?: AbortSignal): Promise<void> {
    const next = this.updating.then(() => this.run(blocks, signal));
    this.updating = next.catch(() => undefined);
    return next;
  }

  /** The most frequent first, then by scope and key. */
  attributes({
    scope,
    prefix = '',
    limit = Number.POSITIVE_INFINITY,
  }: CatalogueQuery = {}): readonly CatalogueAttribute[] {
    const start = prefix.toLowerCase();
    const found: CatalogueAttribute[] = [];
    for (const attribute of this.schema.attributes) {
      if (found.length >= limit) break;
      if (scope !== undefined && attribute.scope !== scope) continue;
      if (!attribute.key.toLowerCase().startsWith(start)) continue;
      found.push({ ...attribute, share: this.schema.spans === 0 ? 0 : attribute.count / this.schema.spans });
    }
    return found;
  }

  /** Frequent values of an attribute, the most frequent first. */
  values(scope: StoredScope, key: string, prefix = ''): readonly ValueCount[] {
    const attribute = this.schema.attributes.find(
      (attribute) => attribute.scope === scope && attribute.key === key,
    );
    return startingWith(attribute?.values ?? [], prefix);
  }

  /** Frequent names of spans, the most frequent first. */
  spanNames(prefix = ''): readonly ValueCount[] {
    return startingWith(this.schema.spanNames, prefix);
  }

  /** Frequent services, the most frequent first. */
  services(prefix = ''): readonly ValueCount[] {
    return this.values('resource', 'service.name', prefix);
  }

  private async run(blocks: readonly BlockMeta[], signal: AbortSignal | undefined): Promise<void> {
    const { maxBlocks = DEFAULT_BLOCKS } = this.options;
    const newest = blocks
      .toSorted((a, b) => Number(b.endNs > a.endNs) - Number(b.endNs < a.endNs))
      .slice(0, maxBlocks);
    const wanted = new Set(newest.map(({ blockId }) => blockId));
    for (const id of this.summaries.keys()) if (!wanted.has(id)) this.summaries.delete(id);
    this.problems.clear();
    const fresh = newest.filter(({ blockId }) => !this.summaries.has(blockId));
    const counter = new Counter(this.options, signal);
    try {
      for (const block of fresh) {
        signal?.throwIfAborted();
        await this.add(block, counter);
        this.schema = addSummaries(this.summaries.values());
      }
    } finally {
      counter.close();
    }
    if (fresh.length === 0) this.schema = addSummaries(this.summaries.values());
  }

  private async add(block: BlockMeta, counter: Counter): Promise<void> {
    try {
      const stored = await this.store.read(block);
      const summary = stored ?? (await counter.count(block));
      if (!stored) await this.store.write(block, summary);
      this.summaries.set(block.blockId, summary);
    } catch (error) {
      const problem = blockProblemOf(block, error);
      if (!problem) throw error;
      this.problems.set(block.blockId, problem);
    }
  }
}

/** Opens a database once a block must be counted, which most updates need not. */
class Counter {
  private database: Store | undefined;

  constructor(
    private readonly options: CatalogueOptions,
    private readonly signal: AbortSignal | undefined,
  ) {}

  async count(block: BlockMeta): Promise<BlockSummary> {
    const { storage, cache, flatten, memory = DEFAULT_MEMORY } = this.options;
    this.database ??= await openStore({ memory });
    return await summariseBlock(
      {
        storage,
        cache,
        database: this.database,
        flatten: (blockMeta) => flatten.builder(blockMeta, this.signal),
      },
      block,
    );
  }

  close(): void {
    this.database?.close();
  }
}

function startingWith(values: readonly ValueCount[], prefix: string): readonly ValueCount[] {
  const start = prefix.toLowerCase();
  return values.filter(({ text }) => text.toLowerCase().startsWith(start));
}
