import { KIND_NAMES, STATUS_NAMES } from '../otlp/names.js';
import type { FieldPlan } from '../plan/expression.js';
import { columnNeeds } from '../plan/needs.js';
import { overStoredTraces, type StoredTraces } from '../spans/stored-run.js';
import {
  addTagValues,
  type CountedValue,
  createTagValues,
  readTagValues,
  streamsTagValues,
} from '../sql/run/tag-values.js';
import { lenientFilter } from './lenient-filter.js';
import { inspectedBy } from './search.js';
import { fieldOfTag } from './tag-name.js';
import type { TagValue, TagValuesResult } from './tags-result.js';

export interface TagValuesOptions extends StoredTraces {
  /** A TraceQL identifier or a bare key; see `fieldOfTag`. */
  readonly tag: string;
  /** A query, perhaps half-typed: only spans that it is about count. */
  readonly query?: string;
  /** Values in the answer at most. */
  readonly limit: number;
  /** Bytes of all values together at most. */
  readonly maxBytes: number;
}

/** The values that stored spans have of a tag. */
export async function listTagValues(options: TagValuesOptions): Promise<TagValuesResult> {
  const field = fieldOfTag(options.tag);
  const filter = lenientFilter(options.query ?? '');
  const fixed = fixedValues(field);
  // No blocks need be read for what no block can change.
  if (fixed) return { ...cut(fixed, options), inspected: NOTHING };
  const needs = columnNeeds([filter], [], { stages: [], fields: [field], status: false });
  return await overStoredTraces(options, needs, async (run) => {
    await createTagValues(run.db);
    const pass = { filter, needs, columns: run.columns };
    await run.forEachUnit(
      async () => {
        options.signal?.throwIfAborted();
        await addTagValues(run.db, field, pass);
      },
      { kept: streamsTagValues(field, pass) ? 'none' : 'all' },
    );
    const counted = await readTagValues(run.db, options.limit + 1);
    return { ...cut(counted.map(tagValue), options), inspected: inspectedBy(run) };
  });
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
