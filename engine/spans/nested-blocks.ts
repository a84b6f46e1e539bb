/** Tempo's blocks as traces of a run that ClickHouse reads where they are: nothing is flattened, and nothing is kept. */
import { concurrently } from '../blocks/concurrently.js';
import { fetchFooter } from '../blocks/flatten/fetch.js';
import { keysOf, planScope } from '../blocks/flatten/layout.js';
import type { Leaf } from '../blocks/flatten/parquet/schema-tree.js';
import { listBlocks } from '../blocks/listing/block-list.js';
import type { BlockMeta } from '../blocks/meta.js';
import type { Storage } from '../blocks/storage.js';
import type { AttributeKey, ColumnNeeds } from '../plan/schema.js';
import { attributesOf } from '../sql/compile/attribute-columns.js';
import { type NestedBlock, type NestedLeaf, type NestedScope, showNested, uncovered } from '../sql/nested.js';
import { ALL_SPANS } from '../sql/relations/all-spans.js';
import { countSpans } from '../sql/relations/count.js';
import type { Store } from '../sql/store/store.js';
import { MERGED } from '../sql/tables.js';
import type { StoredRun } from './stored-run.js';
import type { GivenTraces, TraceSource } from './traces.js';

const AT_ONCE = 8;
const SCOPES = ['span', 'resource', 'instrumentation', 'event', 'link'] as const;

export class NestedBlocks implements TraceSource {
  /** `db` is the caller's, who closes it. */
  constructor(
    private readonly db: Store,
    private readonly storage: Storage,
  ) {}

  attributeKeys(): readonly AttributeKey[] {
    return uncovered('the attributes that spans have');
  }

  /** Rejects with `Uncovered` for blocks that are not read yet: of vParquet3, and such as are not files of this machine. */
  async run<T>(
    { tenant, window, signal }: GivenTraces,
    needs: ColumnNeeds,
    work: (run: StoredRun) => Promise<T>,
  ): Promise<T> {
    const { db, storage } = this;
    const list = await listBlocks(storage, tenant, window);
    const blocks: NestedBlock[] = [];
    await concurrently(AT_ONCE, [...list.blocks.entries()], async ([place, block]) => {
      signal?.throwIfAborted();
      blocks[place] = await nestedBlock(storage, block, needs);
    });
    const { columns, ...traces } = await showNested(db, blocks, needs, window);
    const { spans } = await countSpans(db);
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
  }
}

async function nestedBlock(storage: Storage, block: BlockMeta, needs: ColumnNeeds): Promise<NestedBlock> {
  const path = storage.localPath?.(block.dataPath);
  if (path === undefined) return uncovered('blocks of a bucket');
  if (block.format === 'vParquet3') return uncovered('blocks of vParquet3');
  const { footer } = await fetchFooter(storage, block);
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
        list: list && {
          key: leafOf(list.key),
          isArray: list.isArray && leafOf(list.isArray),
          values: list.values.map(({ kind, leaf }) => ({ kind, leaf: leafOf(leaf) })),
        },
      },
    ];
  });
  return { path, scopes: new Map(scopes) };
}
