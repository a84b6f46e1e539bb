/** What the spans of one block carry: attributes with types and frequent values, and frequent names. Small, and right for ever. */

import { ATTRIBUTE_TYPES, type AttributeKey, type AttributeType, type ColumnNeeds } from '../plan/schema.js';
import type { Store } from '../sql/store/store.js';
import { filesColumns, filesRows, quoted, rowsOf, text, type } from '../sql/text/operations.js';
import { join, sql } from '../sql/text/sql.js';
import type { BuildFlatBlock, FlatCache } from './cache.js';
import { attributeColumn, type FlatBlock } from './flat.js';
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
}

export interface ValueCount {
  /** A value as text, cut to 120 characters. Foreign text. */
  readonly text: string;
  /** Of the value; `ls` … are counted as `s` …. */
  readonly type: ScalarType;
  readonly count: number;
}

type ScalarType = 's' | 'i' | 'd' | 'b';

/** Values kept of each attribute. */
export const FREQUENT = 20;
const TEXT_LENGTH = 120;
/** Blocks with more attributes than this are read in several passes, which bounds memory. */
const KEYS_AT_ONCE = 200;
const TYPES = Object.keys(ATTRIBUTE_TYPES) as readonly AttributeType[];
const SCALARS: Readonly<Record<AttributeType, ScalarType>> = {
  s: 's',
  i: 'i',
  d: 'd',
  b: 'b',
  ls: 's',
  li: 'i',
  ld: 'd',
  lb: 'b',
};

export interface Summarising {
  readonly storage: Storage;
  readonly cache: FlatCache;
  readonly database: Store;
  /** Makes the flat files where the cache has none. */
  readonly flatten: (block: BlockMeta, needs: ColumnNeeds) => BuildFlatBlock;
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
    await cache.withFlatBlock(block, needs, flatten(block, needs), async (flat) => {
      spans = flat.spanCount;
      if (from === 0) spanNames = await frequent(database, flat.spans, [['name', 's']]);
      attributes.push(...(await countValues(database, flat, some)));
    });
  }
  return { spans, attributes, spanNames };
}

function needsOf(keys: readonly AttributeKey[]): ColumnNeeds {
  const of = (scope: 'event' | 'link') =>
    keys.filter((attribute) => attribute.scope === scope).map(({ key }) => key);
  const [events, links] = [of('event'), of('link')];
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
    const stored = await database.rows(sql`SELECT name FROM ${filesColumns([path])}`);
    const columns = new Set(stored.map(([column]) => String(column)));
    for (const attribute of keys) {
      const types = TYPES.filter(
        (type) => fileOf(flat, attribute) === path && columns.has(attributeColumn(attribute, type)),
      );
      const counts = await typeCounts(database, path, attribute, types);
      const found = types.filter((type) => counts[type]);
      if (found.length === 0) continue;
      const values = await frequent(
        database,
        path,
        found.map((type) => [attributeColumn(attribute, type), type]),
      );
      const { scope, key } = attribute;
      counted.push({ scope, key, types: counts, values });
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
  if (types.length === 0) return {};
  const selected = types.map((one) => sql`count(${quoted(attributeColumn(attribute, one))})`);
  const [row = []] = await database.rows(sql`SELECT ${join(selected, ', ')} FROM ${filesRows([path])}`);
  const counts = types.map((type, n) => [type, Number(row[n])] as const);
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}

/** The most frequent values of columns, which are of one attribute by its types. */
async function frequent(
  database: Store,
  path: string,
  columns: readonly (readonly [string, AttributeType])[],
): Promise<readonly ValueCount[]> {
  const selects = columns.map(([column, of]) => {
    const values = of.startsWith('l') ? rowsOf(quoted(column)) : quoted(column);
    return sql`SELECT left(CAST(v AS ${type('text')}), ${TEXT_LENGTH}) AS text, ${text(SCALARS[of])} AS type
      FROM (SELECT ${values} AS v FROM ${filesRows([path])}) WHERE v IS NOT NULL`;
  });
  const rows = await database.rows(sql`SELECT text, type, count(*) AS n FROM (${join(selects, ' UNION ALL ')})
    GROUP BY text, type ORDER BY n DESC, text, type LIMIT ${FREQUENT}`);
  return (rows as [string, ScalarType, bigint][]).map(([value, of, count]) => ({
    text: value,
    type: of,
    count: Number(count),
  }));
}

function fileOf(flat: FlatBlock, { scope }: AttributeKey): string | undefined {
  if (scope === 'event') return flat.events;
  return scope === 'link' ? flat.links : flat.spans;
}

export function byScopeAndKey(a: AttributeKey, b: AttributeKey): number {
  const [left, right] = [`${a.scope}\0${a.key}`, `${b.scope}\0${b.key}`];
  return Number(left > right) - Number(left < right);
}
