/** What the spans of one block carry: attributes with types and frequent values, and frequent names. Small, and right for ever. */

import { ATTRIBUTE_TYPES, type AttributeKey, type AttributeType, type ColumnNeeds } from '../plan/schema.js';
import { attributeColumn, type FlatBlock, fileOfScope } from '../sql/relations/flat.js';
import type { ValueCount } from '../sql/relations/flat-values.js';
import { columnsOf, countPresent, countTraces, frequentValues } from '../sql/relations/flat-values.js';
import type { Store } from '../sql/store/store.js';
import type { BuildFlatBlock, FlatCache } from './cache/cache.js';
import type { BlockMeta } from './meta.js';
import { readAttributeKeys } from './schema-keys.js';
import type { Storage } from './storage.js';

export interface BlockSummary {
  readonly spans: number;
  /** Only those that some span (event, link) has, by scope and key. */
  readonly attributes: readonly AttributeCounts[];
  /** The most frequent first, then by name. */
  readonly spanNames: readonly ValueCount[];
}

export interface AttributeCounts extends AttributeKey {
  /** How many spans (events, links) have a value of the type; no zeros. */
  readonly types: Readonly<Partial<Record<AttributeType, number>>>;
  /** Frequent values, of all types together: the most frequent first, then by text. Values of a list count each. */
  readonly values: readonly ValueCount[];
  /** True where values are in several traces of the block, and in few; looked at for ids and the like alone. */
  readonly acrossTraces?: true;
}

/** Keys of attributes whose values are worth looking for in several traces: reading all would take as long as all else. */
const LOOKS_LIKE_A_KEY =
  /(?:^|[._-])(?:id|ids|key|uuid|guid|number|code|name|ref|reference|token)$|[a-z](?:Id|ID|Key)$/u;
/** A value found in more traces than this, on average, names a class rather than one thing: a tenant, a region. */
const FEW_TRACES = 20;

/** Values kept of each attribute. */
const FREQUENT = 20;
/** Names of spans and of services kept: rules name them, and only where all are known can one be misspelt. */
export const FREQUENT_NAMES = 200;

/** How many values of an attribute are kept. */
export function valuesKept({ scope, key }: AttributeKey): number {
  return scope === 'resource' && key === 'service.name' ? FREQUENT_NAMES : FREQUENT;
}

/** Blocks with more attributes than this are read in several passes, which bounds memory. */
const KEYS_AT_ONCE = 200;
const TYPES = Object.keys(ATTRIBUTE_TYPES) as readonly AttributeType[];

export interface Summarising {
  readonly storage: Storage;
  readonly cache: FlatCache;
  readonly database: Store;
  /** Makes the flat files where the cache has none. */
  readonly flatten: (block: BlockMeta) => BuildFlatBlock;
}

/** Rejects as `blockProblemOf` knows it, or with a bug. */
export async function summariseBlock(
  { storage, cache, database, flatten }: Summarising,
  block: BlockMeta,
): Promise<BlockSummary> {
  const keys = (await readAttributeKeys(storage, block)).toSorted(byScopeAndKey);
  const attributes: AttributeCounts[] = [];
  let spans = 0;
  let spanNames: readonly ValueCount[] = [];
  for (let from = 0; from === 0 || from < keys.length; from += KEYS_AT_ONCE) {
    const some = keys.slice(from, from + KEYS_AT_ONCE);
    const needs = needsOf(some);
    await cache.withFlatBlock(block, needs, flatten(block), async (flat) => {
      spans = flat.spanCount;
      if (from === 0) spanNames = await frequentValues(database, flat.spans, [['name', 's']], FREQUENT_NAMES);
      attributes.push(...(await countValues(database, flat, some)));
    });
  }
  return { spans, attributes, spanNames };
}

function needsOf(keys: readonly AttributeKey[]): ColumnNeeds {
  const keysOf = (scope: 'event' | 'link') =>
    keys.filter((attribute) => attribute.scope === scope).map(({ key }) => key);
  const [events, links] = [keysOf('event'), keysOf('link')];
  return {
    spans: ['name'],
    spanAttributes: keys.filter(({ scope }) => scope !== 'event' && scope !== 'link'),
    ...(events.length > 0 && { events: { columns: [], attributes: events } }),
    ...(links.length > 0 && { links: { columns: [], attributes: links } }),
  };
}

async function countValues(
  database: Store,
  flat: FlatBlock,
  keys: readonly AttributeKey[],
): Promise<readonly AttributeCounts[]> {
  const counted: AttributeCounts[] = [];
  for (const path of [flat.spans, flat.events, flat.links]) {
    if (path === undefined) continue;
    const columns = await columnsOf(database, path);
    for (const attribute of keys) {
      const types = TYPES.filter(
        (type) =>
          fileOfScope(flat, attribute.scope) === path && columns.has(attributeColumn(attribute, type)),
      );
      const counts = await typeCounts(database, path, attribute, types);
      const found = types.filter((type) => counts[type]);
      if (found.length === 0) continue;
      const values = await frequentValues(
        database,
        path,
        found.map((type) => [attributeColumn(attribute, type), type]),
        valuesKept(attribute),
      );
      const { scope, key } = attribute;
      const acrossTraces =
        scope === 'span' &&
        LOOKS_LIKE_A_KEY.test(key) &&
        (await goesAcross(database, path, attribute, found));
      counted.push({ scope, key, types: counts, values, ...(acrossTraces ? { acrossTraces } : {}) });
    }
  }
  return counted;
}

async function typeCounts(
  database: Store,
  path: string,
  attribute: AttributeKey,
  types: readonly AttributeType[],
): Promise<AttributeCounts['types']> {
  const present = await countPresent(
    database,
    path,
    types.map((type) => attributeColumn(attribute, type)),
  );
  const counts = types.map((type, n) => [type, present[n] ?? 0] as const);
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

async function goesAcross(
  database: Store,
  path: string,
  attribute: AttributeKey,
  types: readonly AttributeType[],
): Promise<boolean> {
  const columns = types
    .filter((type) => type === 's' || type === 'i')
    .map((type) => attributeColumn(attribute, type));
  const { values, traces } = await countTraces(database, path, columns);
  return traces > values && traces <= values * FEW_TRACES;
}

export function byScopeAndKey(a: AttributeKey, b: AttributeKey): number {
  const [left, right] = [`${a.scope}\0${a.key}`, `${b.scope}\0${b.key}`];
  return Number(left > right) - Number(left < right);
}
