import { type BlockSource, listingSource } from '../blocks/listing/block-source.js';
import type { BlockMeta } from '../blocks/meta.js';
import { ValueSums } from '../blocks/value-sums.js';
import { KIND_NAMES, STATUS_NAMES } from '../otlp/names.js';
import { type Expression, type FieldPlan, isTrue } from '../plan/expression.js';
import { columnNeeds } from '../plan/needs.js';
import type { ColumnNeeds } from '../plan/schema.js';
import type { StoredTraces } from '../spans/stored-run.js';
import { type AllTraces, overShares } from '../spans/traces.js';
import type { Window } from '../sql/relations/window.js';
import {
  addTagValues,
  type CountedValue,
  createTagValues,
  readTagValues,
  streamsTagValues,
} from '../sql/run/tag-values.js';
import { TAG_VALUES } from '../sql/tables.js';
import type { BlockValues, CountedColumn } from './block-values.js';
import { lenientFilter } from './lenient-filter.js';
import { inspectedBy } from './search.js';
import type { Inspected } from './search-result.js';
import { fieldOfTag } from './tag-name.js';
import type { TagValue, TagValuesResult } from './tags-result.js';

export type TagValuesOptions = AllTraces & TagValuesQuestion;

interface TagValuesQuestion {
  /** A TraceQL identifier or a bare key; see `fieldOfTag`. */
  readonly tag: string;
  /** A query, perhaps half-typed: only spans that it is about count. */
  readonly query?: string;
  /** Values in the answer at most. */
  readonly limit: number;
  /** Bytes of all values together at most. */
  readonly maxBytes: number;
  /** What is known of blocks already, and kept there. */
  readonly known?: BlockValues;
}

/**
 * The values that stored spans have of a tag. Where nothing restricts them, those of blocks that lie in the window as a whole may come
 * from `known`: of a span that is in several blocks each copy counts then.
 */
export async function listTagValues(options: TagValuesOptions): Promise<TagValuesResult> {
  const field = fieldOfTag(options.tag);
  const filter = lenientFilter(options.query ?? '');
  const fixed = fixedValues(field);
  // No blocks need be read for what no block can change.
  if (fixed) return { ...cut(fixed, options), inspected: NOTHING };
  const question: Question = {
    field,
    filter,
    needs: columnNeeds([filter], [], { stages: [], fields: [field], status: false }),
  };
  const { counted, inspected } =
    (isTrue(filter) && 'cache' in options ? await countByBlock(options, question) : undefined) ??
    (await countSpans(options, question, options.limit + 1));
  return { ...cut(counted.map(tagValue), options), inspected };
}

interface Question {
  readonly field: FieldPlan;
  readonly filter: Expression;
  readonly needs: ColumnNeeds;
}

interface Counted {
  /** The most frequent first, then by text. */
  readonly counted: readonly CountedValue[];
  readonly inspected: Inspected;
}

/** The `most` frequent values of spans of the window. */
async function countSpans(
  traces: AllTraces,
  { field, filter, needs }: Question,
  most: number,
): Promise<Counted> {
  return await overShares(traces, needs, async ({ all, gather }) => {
    await Promise.all(
      all.map(async (run) => {
        await createTagValues(run.db);
        const pass = { filter, needs, columns: run.columns };
        await run.forEachUnit(
          async () => {
            traces.signal?.throwIfAborted();
            await addTagValues(run.db, field, pass);
          },
          { kept: streamsTagValues(field, pass) ? 'none' : 'all' },
        );
      }),
    );
    await gather(TAG_VALUES);
    return { counted: await readTagValues(all[0].db, most), inspected: inspectedBy(all) };
  });
}

/** Undefined where what is known of blocks does not serve. */
async function countByBlock(
  options: StoredTraces & TagValuesQuestion,
  question: Question,
): Promise<Counted | undefined> {
  const { known, storage, tenant, window, blocks: source = listingSource(storage) } = options;
  const column = columnOf(question.field);
  if (known === undefined || column === undefined) return undefined;
  const list = await source.list(tenant, window);
  const inside = list.blocks.filter((block) => liesIn(window, block));
  const columns = await known.of(options, inside, column, question.needs);
  if (columns === undefined) return undefined;
  const sums = new ValueSums<CountedValue['type']>();
  for (const { values } of columns) {
    if (values === undefined) return undefined;
    sums.add(values);
  }
  let inspected: Inspected = {
    traces: 0,
    spans: columns.reduce((sum, { spans }) => sum + spans, 0),
    bytes: inside.reduce((sum, { size }) => sum + size, 0),
    blocks: inside.length,
    unread: list.unread,
  };
  if (inside.length < list.blocks.length) {
    const taken = new Set(inside.map(({ blockId }) => blockId));
    const rest = await countSpans({ ...options, blocks: without(taken, source) }, question, MOST_OF_REST);
    // What is cut off there may be frequent in the others.
    if (rest.counted.length === MOST_OF_REST) return undefined;
    sums.add(rest.counted);
    inspected = {
      traces: rest.inspected.traces,
      spans: inspected.spans + rest.inspected.spans,
      bytes: inspected.bytes + rest.inspected.bytes,
      blocks: inspected.blocks + rest.inspected.blocks,
      unread: rest.inspected.unread,
    };
  }
  return { counted: sums.sorted(), inspected };
}

const MOST_OF_REST = 100_000;

/** Where a field is a column of its own in flat files; `.a`, which spans and resources may have, is not. */
function columnOf({ hop, source }: FieldPlan): CountedColumn | undefined {
  if (hop !== 'self') return undefined;
  if (source.kind === 'intrinsic') return source.name === 'span:name' ? 'name' : undefined;
  const { scope, key } = source;
  return scope === 'any' ? undefined : { scope, key };
}

function liesIn({ fromNs, toNs }: Window, { startNs, endNs }: BlockMeta): boolean {
  return (fromNs === undefined || fromNs <= startNs) && (toNs === undefined || endNs < toNs);
}

function without(taken: ReadonlySet<string>, source: BlockSource): BlockSource {
  return {
    list: async (tenant, range, fresh) => {
      const list = await source.list(tenant, range, fresh);
      return { ...list, blocks: list.blocks.filter(({ blockId }) => !taken.has(blockId)) };
    },
  };
}

const NOTHING = { traces: 0, spans: 0, bytes: 0, blocks: 0, unread: [] };

/** What intrinsics offer without a look at any span; those of which nearly every span has its own value offer nothing. */
function fixedValues({ source }: FieldPlan): readonly TagValue[] | undefined {
  if (source.kind === 'attribute') return undefined;
  switch (source.name) {
    case 'span:status':
      return keywords(STATUS_NAMES.toSorted());
    case 'span:kind':
      return keywords(KIND_NAMES.toSorted());
    case 'span:name':
    case 'span:statusMessage':
    case 'trace:rootName':
    case 'trace:rootService':
    case 'event:name':
    case 'instrumentation:name':
    case 'instrumentation:version':
      return undefined;
    default:
      return [];
  }
}

function keywords(values: readonly string[]): readonly TagValue[] {
  return values.map((value) => ({ type: 'keyword', value, count: 0 }));
}

const TYPES = { s: 'string', i: 'int', d: 'float', b: 'bool', status: 'keyword', kind: 'keyword' } as const;

function tagValue({ type, text, count }: CountedValue): TagValue {
  return { type: TYPES[type], value: type === 'd' ? goFloat(text) : text, count };
}

/** As Go prints a double: the shortest digits, without a point where there is no fraction. */
function goFloat(text: string): string {
  if (text === 'inf') return '+Inf';
  if (text === '-inf') return '-Inf';
  return text === 'nan' ? 'NaN' : String(Number(text));
}

/** The first values, as many as fit. */
function cut(
  values: readonly TagValue[],
  { limit, maxBytes }: Pick<TagValuesOptions, 'limit' | 'maxBytes'>,
): Pick<TagValuesResult, 'values' | 'truncated'> {
  const kept: TagValue[] = [];
  let bytes = 0;
  for (const value of values) {
    bytes += Buffer.byteLength(value.value);
    if (kept.length >= limit || bytes > maxBytes) return { values: kept, truncated: true };
    kept.push(value);
  }
  return { values: kept, truncated: false };
}
