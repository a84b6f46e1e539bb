import { listingSource } from '../blocks/listing/block-source.js';
import { readStoredSchema } from '../blocks/schema.js';
import { INTRINSICS } from '../language/tree/intrinsics.js';
import { type Expression, isTrue } from '../plan/expression.js';
import { columnNeeds } from '../plan/needs.js';
import type { AttributeKey } from '../plan/schema.js';
import type { StoredTraces } from '../spans/stored-run.js';
import { type AllTraces, attributeKeys, overShares } from '../spans/traces.js';
import { countCarriers } from '../sql/run/tag-values.js';
import { lenientFilter } from './lenient-filter.js';
import { inspectedBy } from './search.js';
import type { Inspected } from './search-result.js';
import type { Tag, TagScope, TagsResult } from './tags-result.js';

export type TagsOptions = AllTraces & TagsQuestion;

interface TagsQuestion {
  /** Only this one; default all. */
  readonly scope?: TagScope;
  /** A query, perhaps half-typed: only what the spans that it is about carry. */
  readonly query?: string;
  /** Tags of each scope in the answer at most. */
  readonly limit: number;
  /** Bytes of all names together at most. */
  readonly maxBytes: number;
}

const SCOPES: readonly TagScope[] = ['resource', 'span', 'event', 'link', 'instrumentation', 'intrinsic'];

/** The names of what stored spans carry: in each scope the most frequent first, then by name. */
export async function listTags(options: TagsOptions): Promise<TagsResult> {
  const { scope } = options;
  if (scope === 'intrinsic') return resultOf([], NOTHING, options);
  const filter = lenientFilter(options.query ?? '');
  const inScope = (attribute: AttributeKey): boolean => scope === undefined || attribute.scope === scope;
  if (!('cache' in options))
    return await countMatching(options, filter, (await attributeKeys(options)).filter(inScope));
  const { blocks, inspected } = await carried(options);
  const wanted = blocks.filter(inScope);
  if (isTrue(filter) || wanted.length === 0) return resultOf(wanted, inspected, options);
  return await countMatching(options, filter, wanted);
}

interface Carried extends AttributeKey {
  readonly count: number;
}

/** What any span of the blocks in the window carries. */
async function carried(
  options: StoredTraces,
): Promise<{ readonly blocks: readonly Carried[]; readonly inspected: Inspected }> {
  const { storage, tenant, window, cache, signal } = options;
  const list = await (options.blocks ?? listingSource(storage)).list(tenant, window);
  const schema = await readStoredSchema(storage, list.blocks, {
    cache,
    flatten: options.flatten,
    ...(signal && { signal }),
  });
  const unread = [...list.unread, ...schema.unread];
  return {
    blocks: schema.attributes,
    inspected: { ...NOTHING, spans: schema.spans, blocks: list.blocks.length - schema.unread.length, unread },
  };
}

const NOTHING: Inspected = { traces: 0, spans: 0, bytes: 0, blocks: 0, unread: [] };

/** Reading more attributes at once than this would open too many columns. */
const KEYS_AT_ONCE = 200;

async function countMatching(
  options: TagsOptions,
  filter: Expression,
  wanted: readonly AttributeKey[],
): Promise<TagsResult> {
  const counted: Carried[] = [];
  let inspected = NOTHING;
  for (let from = 0; from < wanted.length; from += KEYS_AT_ONCE) {
    const some = wanted.slice(from, from + KEYS_AT_ONCE);
    const fields = some.map(({ scope, key }) => ({
      hop: 'self' as const,
      source: { kind: 'attribute' as const, scope, key },
    }));
    const needs = columnNeeds([filter], [], { stages: [], fields, status: false });
    inspected = await overShares(options, needs, async ({ all }) => {
      const sums = some.map(() => 0);
      await Promise.all(
        all.map(async (run) => {
          await run.forEachUnit(async () => {
            options.signal?.throwIfAborted();
            const counts = await countCarriers(run.db, some, { filter, needs, columns: run.columns });
            for (const [n, count] of counts.entries()) sums[n] = (sums[n] ?? 0) + count;
          });
        }),
      );
      counted.push(...some.map(({ scope, key }, n) => ({ scope, key, count: sums[n] ?? 0 })));
      return inspectedBy(all);
    });
  }
  return resultOf(
    counted.filter(({ count }) => count > 0),
    inspected,
    options,
  );
}

function resultOf(
  attributes: readonly Carried[],
  inspected: Inspected,
  { scope, limit, maxBytes }: TagsOptions,
): TagsResult {
  const bytes = { left: maxBytes };
  let truncated = false;
  const scopes = SCOPES.filter((tagScope) => scope === undefined || tagScope === scope).flatMap(
    (tagScope) => {
      const all = tagScope === 'intrinsic' ? INTRINSIC_TAGS : tagsOf(attributes, tagScope);
      const tags: Tag[] = [];
      for (const tag of all.slice(0, limit)) {
        bytes.left -= Buffer.byteLength(tag.name);
        if (bytes.left < 0) break;
        tags.push(tag);
      }
      truncated ||= tags.length < all.length;
      return tags.length === 0 ? [] : [{ scope: tagScope, tags }];
    },
  );
  return { scopes, truncated, inspected };
}

function tagsOf(attributes: readonly Carried[], scope: TagScope): readonly Tag[] {
  return attributes
    .filter((attribute) => attribute.scope === scope)
    .map(({ key, count }) => ({ name: key, count }))
    .sort((a, b) => b.count - a.count || Number(a.name > b.name) - Number(a.name < b.name));
}

/** In every spelling that TraceQL has. */
const INTRINSIC_TAGS: readonly Tag[] = INTRINSICS.flatMap(({ name, words }) => [...words, name])
  .sort()
  .map((name) => ({ name, count: 0 }));
