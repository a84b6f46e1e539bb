/** What attributes stored spans carry: for people who write rules, for editors, and for the checker's catalogue. */
import type { FieldCatalogue, KnownType } from '../language/catalogue.js';
import { ATTRIBUTE_TYPES, type AttributeKey, type AttributeType, type ColumnNeeds } from '../plan/schema.js';
import { Database } from '../sql/duckdb/database.js';
import { identifier, stringLiteral } from '../sql/duckdb/literal.js';
import type { FlatCache } from './cache.js';
import { attributeColumn, type FlatBlock } from './flat.js';
import { flattenBlock } from './flatten/flatten.js';
import type { BlockMeta } from './meta.js';
import { type BlockProblem, blockProblemOf } from './problem.js';
import { readAttributeKeys } from './schema-keys.js';
import type { Storage } from './storage.js';

export interface AttributeSummary extends AttributeKey {
  /** How many spans (for scopes `event` and `link`: events, links) carry it. Copies of a span count each. */
  readonly count: number;
  /** By type, the most frequent first. */
  readonly types: readonly { readonly type: AttributeType; readonly count: number }[];
  /** Frequent values as text, cut to 120 characters. They are foreign text: escape them on output. */
  readonly examples: readonly string[];
}

export interface StoredSchema {
  /** The most frequent first, then by scope and key. Attributes without any value are left out. */
  readonly attributes: readonly AttributeSummary[];
  readonly spans: number;
  readonly unread: readonly BlockProblem[];
}

export interface SchemaOptions {
  /** Flat files go through it, so a second call reads nothing from the blocks. */
  readonly cache: FlatCache;
  readonly signal?: AbortSignal;
  /** Called after each block. */
  readonly onBlock?: (done: number, spans: number) => void;
}

const EXAMPLES = 5;
const EXAMPLE_LENGTH = 120;
const MEMORY_BYTES = 512 * 1024 * 1024;
/** Blocks with more attributes than this are read in several passes, which bounds memory. */
const KEYS_AT_ONCE = 200;

/** One block after the other, in bounded memory. A block that cannot be read is a problem of its own. */
export async function readStoredSchema(
  storage: Storage,
  blocks: readonly BlockMeta[],
  options: SchemaOptions,
): Promise<StoredSchema> {
  const tally = new Tally();
  const unread: BlockProblem[] = [];
  let spans = 0;
  // With several threads, which of equally frequent values are the examples would be left to chance.
  const database = await Database.open({ memory: MEMORY_BYTES, threads: 1 });
  try {
    for (const [index, block] of blocks.entries()) {
      options.signal?.throwIfAborted();
      try {
        spans += await readBlock(storage, block, database, options, tally);
      } catch (error) {
        const problem = blockProblemOf(block, error);
        if (!problem) throw error;
        unread.push(problem);
      }
      options.onBlock?.(index + 1, spans);
    }
  } finally {
    database.close();
  }
  return { attributes: tally.summaries(), spans, unread };
}

/** The number of spans in the block. */
async function readBlock(
  storage: Storage,
  block: BlockMeta,
  database: Database,
  { cache, signal }: SchemaOptions,
  tally: Tally,
): Promise<number> {
  const keys = (await readAttributeKeys(storage, block)).toSorted(byName);
  let spans = 0;
  for (let from = 0; from < keys.length; from += KEYS_AT_ONCE) {
    const some = keys.slice(from, from + KEYS_AT_ONCE);
    const needs = needsOf(some);
    const counts = await cache.withFlatBlock(
      block,
      needs,
      (paths) => flattenBlock(storage, block, needs, paths, signal ? { signal } : {}),
      async (flat) => {
        spans = flat.spanCount;
        return await countValues(database, flat, some);
      },
    );
    for (const [attribute, type, count, examples] of counts) tally.add(attribute, type, count, examples);
  }
  return spans;
}

function needsOf(keys: readonly AttributeKey[]): ColumnNeeds {
  const of = (scope: 'event' | 'link') =>
    keys.filter((attribute) => attribute.scope === scope).map(({ key }) => key);
  const [events, links] = [of('event'), of('link')];
  return {
    spans: [],
    spanAttributes: keys.filter(({ scope }) => scope !== 'event' && scope !== 'link'),
    ...(events.length > 0 && { events: { columns: [], attributes: events } }),
    ...(links.length > 0 && { links: { columns: [], attributes: links } }),
  };
}

type Counted = readonly [AttributeKey, AttributeType, count: number, examples: readonly string[]];

async function countValues(
  database: Database,
  flat: FlatBlock,
  keys: readonly AttributeKey[],
): Promise<readonly Counted[]> {
  const counted: Counted[] = [];
  for (const path of [flat.spans, flat.events, flat.links]) {
    if (path === undefined) continue;
    const file = `read_parquet(${stringLiteral(path)})`;
    const columns = new Set((await database.rows(`DESCRIBE FROM ${file}`)).map(([name]) => String(name)));
    const found = keys.flatMap((attribute) =>
      attributeTypes
        .filter((type) => fileOf(flat, attribute) === path && columns.has(attributeColumn(attribute, type)))
        .map((type) => [attribute, type] as const),
    );
    if (found.length === 0) continue;
    const values = found.flatMap(([attribute, type]) => {
      const column = identifier(attributeColumn(attribute, type));
      const text = `left(CAST(${column} AS VARCHAR), ${EXAMPLE_LENGTH})`;
      return [`count(${column})`, `approx_top_k(${text}, ${EXAMPLES})`];
    });
    const [row = []] = await database.rows(`SELECT ${values.join(', ')} FROM ${file}`);
    for (const [index, [attribute, type]] of found.entries()) {
      const examples = row[index * 2 + 1];
      counted.push([
        attribute,
        type,
        Number(row[index * 2]),
        Array.isArray(examples) ? examples.map(String) : [],
      ]);
    }
  }
  return counted;
}

const attributeTypes = Object.keys(ATTRIBUTE_TYPES) as readonly AttributeType[];

function fileOf(flat: FlatBlock, { scope }: AttributeKey): string | undefined {
  if (scope === 'event') return flat.events;
  return scope === 'link' ? flat.links : flat.spans;
}

/** Adds blocks up. */
class Tally {
  private readonly attributes = new Map<
    string,
    {
      readonly attribute: AttributeKey;
      readonly types: Map<AttributeType, number>;
      readonly examples: Set<string>;
    }
  >();

  add(attribute: AttributeKey, type: AttributeType, count: number, examples: readonly string[]): void {
    if (count === 0) return;
    const id = `${attribute.scope}\0${attribute.key}`;
    const entry = this.attributes.get(id) ?? { attribute, types: new Map(), examples: new Set() };
    this.attributes.set(id, entry);
    entry.types.set(type, (entry.types.get(type) ?? 0) + count);
    for (const example of examples) if (entry.examples.size < EXAMPLES) entry.examples.add(example);
  }

  summaries(): readonly AttributeSummary[] {
    const all = [...this.attributes.values()].map(({ attribute, types, examples }) => {
      const sorted = [...types].map(([type, count]) => ({ type, count })).sort((a, b) => b.count - a.count);
      const count = sorted.reduce((sum, one) => sum + one.count, 0);
      return { ...attribute, count, types: sorted, examples: [...examples] };
    });
    return all.sort((a, b) => b.count - a.count || byName(a, b));
  }
}

function byName(a: AttributeKey, b: AttributeKey): number {
  const [left, right] = [`${a.scope}\0${a.key}`, `${b.scope}\0${b.key}`];
  return Number(left > right) - Number(left < right);
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

/** What the checker of rules can be told of a storage. */
export function fieldCatalogue(attributes: readonly AttributeSummary[]): FieldCatalogue {
  const catalogue = new Map<AttributeKey['scope'], Map<string, readonly KnownType[]>>();
  for (const attribute of attributes) {
    const scope = catalogue.get(attribute.scope) ?? new Map<string, readonly KnownType[]>();
    catalogue.set(attribute.scope, scope.set(attribute.key, typeNames(attribute)));
  }
  return catalogue;
}
