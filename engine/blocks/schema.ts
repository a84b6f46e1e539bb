/** What attributes stored spans carry: for people who write rules, for editors, and for the checker's catalogue. */

import {
  closedSet,
  type FieldCatalogue,
  type KnownField,
  type KnownType,
} from '../language/tree/catalogue.js';
import type { AttributeKey, AttributeType } from '../plan/schema.js';
import { openStore } from '../sql/open-store.js';
import type { ValueCount } from '../sql/relations/flat-values.js';
import {
  type BlockSummary,
  byScopeAndKey,
  FREQUENT_NAMES,
  summariseBlock,
  valuesKept,
} from './block-summary.js';
import type { FlatCache } from './cache/cache.js';
import { SummaryStore } from './cache/summary-store.js';
import { flattenBlock } from './flatten/flatten.js';
import type { FlattenPool } from './flatten/pool.js';
import type { BlockMeta } from './meta.js';
import type { BlockProblem } from './problem.js';
import { blockProblemOf } from './problem-of-error.js';
import type { Storage } from './storage.js';
import { ValueSums } from './value-sums.js';

export interface AttributeSummary extends AttributeKey {
  /** How many spans (for scopes `event` and `link`: events, links) carry it. Copies of a span count each. */
  readonly count: number;
  /** By type, the most frequent first. */
  readonly types: readonly { readonly type: AttributeType; readonly count: number }[];
  /** Whether each of its values occurs in several traces of a block but not in many, as the key of something that spans traces does. */
  readonly acrossTraces: boolean;
  /**
   * The most frequent first, then by text. Added up from the most frequent ones of each block, so a count may be too low for what
   * is frequent in few blocks.
   */
  readonly values: readonly ValueCount[];
}

export interface StoredSchema {
  /** The most frequent first, then by scope and key. Attributes without any value are left out. */
  readonly attributes: readonly AttributeSummary[];
  /** The most frequent first, then by name; counted like values. */
  readonly spanNames: readonly ValueCount[];
  readonly spans: number;
}

export interface SchemaOptions {
  /** Flat files and summaries go through it, so a second call reads nothing from the blocks. */
  readonly cache: FlatCache;
  /** Reads blocks in workers of its own, in parallel with this thread; without it they are read here. */
  readonly flatten?: FlattenPool;
  readonly signal?: AbortSignal;
  /** Called after each block. */
  readonly onBlock?: (done: number, spans: number) => void;
}

const MEMORY_BYTES = 512 * 1024 * 1024;

/** One block after the other, in bounded memory. A block that cannot be read is a problem of its own. */
export async function readStoredSchema(
  storage: Storage,
  blocks: readonly BlockMeta[],
  { cache, flatten, signal, onBlock }: SchemaOptions,
): Promise<StoredSchema & { readonly unread: readonly BlockProblem[] }> {
  const summaries: BlockSummary[] = [];
  const unread: BlockProblem[] = [];
  const store = new SummaryStore(cache.directory);
  let spans = 0;
  const database = await openStore({ memory: MEMORY_BYTES });
  try {
    for (const [index, block] of blocks.entries()) {
      signal?.throwIfAborted();
      try {
        let summary = await store.read(block);
        if (!summary) {
          summary = await summariseBlock(
            {
              storage,
              cache,
              database,
              flatten: (blockMeta) =>
                flatten?.builder(blockMeta, signal) ??
                (async (paths, needs, base) =>
                  await flattenBlock(storage, blockMeta, needs, paths, {
                    ...(signal ? { signal } : {}),
                    ...(base ? { base } : {}),
                  })),
            },
            block,
          );
          await store.write(block, summary);
        }
        summaries.push(summary);
        spans += summary.spans;
      } catch (error) {
        const problem = blockProblemOf(block, error);
        if (!problem) throw error;
        unread.push(problem);
      }
      onBlock?.(index + 1, spans);
    }
  } finally {
    database.close();
  }
  return { ...addSummaries(summaries), unread };
}

/** The schema of several blocks together. */
export function addSummaries(summaries: Iterable<BlockSummary>): StoredSchema {
  const attributes = new Map<string, Tally>();
  const spanNames = new ValueSums();
  let spans = 0;
  for (const summary of summaries) {
    spans += summary.spans;
    spanNames.add(summary.spanNames);
    for (const { scope, key, types, values, acrossTraces } of summary.attributes) {
      const id = `${scope}\0${key}`;
      const tally = attributes.get(id) ?? {
        attribute: { scope, key },
        types: new Map(),
        values: new ValueSums(),
        acrossTraces: false,
      };
      attributes.set(id, tally);
      for (const [type, count] of Object.entries(types) as [AttributeType, number][])
        tally.types.set(type, (tally.types.get(type) ?? 0) + count);
      tally.values.add(values);
      tally.acrossTraces ||= acrossTraces === true;
    }
  }
  const all = [...attributes.values()].map(summaryOf);
  return {
    attributes: all.sort((a, b) => b.count - a.count || byScopeAndKey(a, b)),
    spanNames: spanNames.sorted().slice(0, FREQUENT_NAMES),
    spans,
  };
}

interface Tally {
  readonly attribute: AttributeKey;
  readonly types: Map<AttributeType, number>;
  readonly values: ValueSums;
  acrossTraces: boolean;
}

function summaryOf({ attribute, types, values, acrossTraces }: Tally): AttributeSummary {
  const sorted = [...types].map(([type, count]) => ({ type, count })).sort((a, b) => b.count - a.count);
  const count = sorted.reduce((sum, counted) => sum + counted.count, 0);
  return {
    ...attribute,
    count,
    types: sorted,
    acrossTraces,
    values: values.sorted().slice(0, valuesKept(attribute)),
  };
}

const KNOWN_TYPES: Readonly<Record<AttributeType, KnownType>> = {
  s: 'string',
  i: 'int',
  d: 'float',
  b: 'bool',
  ls: 'string',
  li: 'int',
  ld: 'float',
  lb: 'bool',
};

/** In the words of TraceQL. Values of a list count as the values they hold, as TraceQL compares them. */
export function typeNames({ types }: AttributeSummary): readonly KnownType[] {
  return [...new Set(types.map(({ type }) => KNOWN_TYPES[type]))];
}

/** What the checker of rules gets to know of a storage. */
export function fieldCatalogue({ attributes, spanNames, spans }: StoredSchema): FieldCatalogue {
  const catalogue = new Map<AttributeKey['scope'], Map<string, KnownField>>();
  for (const attribute of attributes) {
    const scope = catalogue.get(attribute.scope) ?? new Map<string, KnownField>();
    const { acrossTraces, count } = attribute;
    const texts = attribute.values.filter(({ type }) => type === 's');
    const all = texts.length === attribute.values.length;
    const values = all ? closedSet(texts, valuesKept(attribute), count) : undefined;
    const known = { types: typeNames(attribute), acrossTraces, ...(values === undefined ? {} : { values }) };
    catalogue.set(attribute.scope, scope.set(attribute.key, known));
  }
  const names = closedSet(spanNames, FREQUENT_NAMES, spans);
  return { attributes: catalogue, ...(names === undefined ? {} : { spanNames: names }) };
}
