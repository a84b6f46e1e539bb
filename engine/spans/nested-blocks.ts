/** Tempo's blocks as traces of a run that ClickHouse reads where they are: nothing is flattened, and nothing is kept. */
import { concurrently } from '../blocks/concurrently.js';
import { fetchFooter } from '../blocks/flatten/fetch.js';
import { hasProtoEvents, hasProtoLinks, keysOf, planScope } from '../blocks/flatten/layout.js';
import type { Leaf } from '../blocks/flatten/parquet/schema-tree.js';
import { type BlockSource, listingSource } from '../blocks/listing/block-source.js';
import type { BlockMeta } from '../blocks/meta.js';
import type { Storage } from '../blocks/storage.js';
import type { AttributeKey, ColumnNeeds } from '../plan/schema.js';
import { attributesOf } from '../sql/compile/attribute-columns.js';
import {
  type NestedBlock,
  type NestedFile,
  type NestedLeaf,
  type NestedScope,
  showNested,
  uncovered,
} from '../sql/nested.js';
import { ALL_SPANS } from '../sql/relations/all-spans.js';
import { countSpans } from '../sql/relations/count.js';
import type { Store } from '../sql/store/store.js';
import { MERGED } from '../sql/tables.js';
import { storedAttributeKeys } from './stored-keys.js';
import type { StoredRun } from './stored-run.js';
import type { GivenTraces, TraceSource } from './traces.js';

const AT_ONCE = 8;
const SCOPES = ['span', 'resource', 'instrumentation', 'event', 'link'] as const;

/** How the database opens a block's data, by its path in the storage. */
export type Locate = (dataPath: string) => NestedFile;

/** One of `of`, from 0. */
interface PlaceAmong {
  readonly share: number;
  readonly of: number;
}

export class NestedBlocks implements TraceSource {
  private readonly db: Store;
  private readonly storage: Storage;
  private readonly locate: Locate;
  private readonly source: BlockSource;
  private readonly place: PlaceAmong;

  /**
   * `db` is the caller's, who closes it. `source`: of blocks, by default all that the storage lists. `place`: of several databases that read the same
   * list, so that no two have rows of one number.
   */
  constructor(
    db: Store,
    storage: Storage,
    locate: Locate,
    source: BlockSource = listingSource(storage),
    place: PlaceAmong = { share: 0, of: 1 },
  ) {
    this.db = db;
    this.storage = storage;
    this.locate = locate;
    this.source = source;
    this.place = place;
  }

  async attributeKeys(traces: GivenTraces): Promise<readonly AttributeKey[]> {
    return await storedAttributeKeys({ ...traces, storage: this.storage, blocks: this.source });
  }

  /** Rejects with an `EngineError` for what is not read yet, and where the database cannot be asked. */
  async run<T>(
    { tenant, window, signal, onProgress }: GivenTraces,
    needs: ColumnNeeds,
    work: (run: StoredRun) => Promise<T>,
  ): Promise<T> {
    const {
      db,
      place: { share, of },
    } = this;
    const stop = (): void => db.interruptAll();
    signal?.addEventListener('abort', stop);
    try {
      const list = await this.source.list(tenant, window);
      const blocks: NestedBlock[] = [];
      await concurrently(AT_ONCE, [...list.blocks.entries()], async ([place, block]) => {
        signal?.throwIfAborted();
        const read = await nestedBlock(this.storage, block, needs, this.locate(block.dataPath));
        blocks[place] = { ...read, number: place * of + share };
      });
      const { columns, ...traces } = await showNested(db, blocks, needs, window);
      const { spans } = await countSpans(db);
      onProgress?.({ stage: 'reading', done: blocks.length, total: blocks.length, spans });
      return await work({
        db,
        columns,
        blocks: {
          read: blocks.length,
          bytes: list.blocks.reduce((sum, { size }) => sum + size, 0),
          unread: list.unread,
          warnings: list.warnings,
        },
        ...traces,
        spans,
        forEachUnit: async (evaluate) => await evaluate(false),
        allTraces: MERGED.traces,
        spansNear: () => ALL_SPANS,
        countSpans: () => countSpans(db),
        checkBlocks: () => Promise.resolve(),
      });
    } finally {
      signal?.removeEventListener('abort', stop);
    }
  }
}

async function nestedBlock(
  storage: Storage,
  block: BlockMeta,
  needs: ColumnNeeds,
  file: NestedFile,
): Promise<Omit<NestedBlock, 'number'>> {
  // The database would take these for patterns, and read what else matches them.
  if (/[*?{}[\]]/.test(block.dataPath)) return uncovered('paths with any of * ? { } [ ]');
  if (attributesOf(needs).some(({ key }) => key.includes('\uFFFD')))
    return uncovered('attributes whose names are not UTF-8');
  const { footer } = await fetchFooter(storage, block);
  const messages = { events: hasProtoEvents(footer), links: hasProtoLinks(footer) };
  const scopes = SCOPES.map((scope): readonly [AttributeKey['scope'], NestedScope] => {
    const { keys, direct, list, depth } = planScope(footer, block, scope, keysOf(attributesOf(needs), scope));
    const leafOf = ({ path: leafPath }: Leaf): NestedLeaf => ({ path: leafPath, depth });
    return [
      scope,
      {
        keys,
        direct: direct.map(({ key, kind, leaf }) => ({
          key,
          kind,
          leaf: leafOf(leaf),
          isList: leaf.maxRep > depth,
        })),
        list:
          messagesOf(scope, messages) ??
          (list && {
            key: leafOf(list.key),
            isArray: list.isArray && leafOf(list.isArray),
            values: list.values.map(({ kind, leaf }) => ({
              kind,
              leaf: leafOf(leaf),
              isList: leaf.maxRep > list.key.maxRep,
            })),
          }),
      },
    ];
  });
  return { file, scopes: new Map(scopes), messages, ...(block.ids === undefined ? {} : { ids: block.ids }) };
}

/** Keys and values of events and links as vParquet3 has them; of links, what is read of their message. */
function messagesOf(
  scope: AttributeKey['scope'],
  { events, links }: NestedBlock['messages'],
): NestedScope['list'] {
  if (!(scope === 'event' && events) && !(scope === 'link' && links)) return undefined;
  const path = scope === 'event' ? 'rs.ss.Spans.Events' : 'rs.ss.Spans.Links';
  return { key: { path: `${path}.Attrs.Key`, depth: 4 }, message: { path: `${path}.Attrs.Value`, depth: 4 } };
}
