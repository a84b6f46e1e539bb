import { copyKey, takesPlace } from '../../otlp/copies.js';
import { CLIENT, SERVER } from '../../otlp/names.js';
import { CHILD_OF } from '../../plan/schema.js';
import { type NestedSet, nestedSets } from '../../sql/relations/nested-sets.js';
import { TextPool } from '../../sql/store/text-pool.js';
import { hexAt, type SpanBatch } from '../otlp/batch.js';
import { LINK, SPAN, WireReader } from '../otlp/fields.js';
import { isNoId, SpanIds } from '../traces/span-ids.js';
import { NeededKeys, readKeyValue } from './attributes.js';
import type { TraceSnapshot } from './snapshot.js';

/** A span in the request that brought it. */
export interface SpanRef {
  readonly batch: SpanBatch;
  readonly row: number;
}

/** A trace in which each span is there once. */
export interface MergedTrace {
  readonly traceId: string;
  readonly spans: readonly SpanRef[];
  /** By span: `sharing` of `plan/schema.ts`. */
  readonly sharing: Uint8Array;
  /** Nanoseconds. */
  readonly start: bigint;
  readonly end: bigint;
  readonly root?: SpanRef;
}

const ids = new SpanIds();

/**
 * Of copies (see `otlp/copies.ts`) one stays. Links are read whichever rules are judged: what is reported of a violation must not depend on the other rules.
 */
export function mergeTrace({ traceId, pieces }: TraceSnapshot): MergedTrace {
  const { spans, shared } = withoutCopies(pieces);
  const sharing = new Uint8Array(spans.length);
  for (const places of shared)
    for (const place of places) sharing[place] = sharesKind(spans, place, places) ? 2 : 1;
  let start: bigint | undefined;
  let end = 0n;
  let root: SpanRef | undefined;
  const served = new Set(shared.flatMap((places) => servedOf(spans, places)));
  for (const [place, span] of spans.entries()) {
    const from = startOf(span);
    const to = from + span.batch.durations[span.row]!;
    if (start === undefined || from < start) start = from;
    if (to > end) end = to;
    if (!isRoot(span) || served.has(place)) continue;
    if (saysItHasParent(span, traceId)) continue;
    if (root === undefined || isBefore(span, root)) root = span;
  }
  return { traceId, spans, sharing, start: start ?? 0n, end, ...(root === undefined ? {} : { root }) };
}

interface Distinct {
  readonly spans: readonly SpanRef[];
  /** The places in `spans` of those with one id, for each id that several have. */
  readonly shared: readonly (readonly number[])[];
}

function withoutCopies(pieces: TraceSnapshot['pieces']): Distinct {
  ids.clear();
  const spans: SpanRef[] = [];
  /** By the number of an id: the place of its first span, and once it came again, all places by what tells its spans apart. */
  const firsts: number[] = [];
  const again = new Map<number, Map<string, number>>();
  for (const { batch, rows } of pieces)
    for (const row of rows) {
      const span = { batch, row };
      const id = ids.add(batch.spanIds, row * 8);
      const first = firsts[id];
      if (first === undefined) {
        firsts.push(spans.push(span) - 1);
        continue;
      }
      const known = again.get(id) ?? new Map([[identityOf(spans[first]!), first]]);
      again.set(id, known);
      const identity = identityOf(span);
      const place = known.get(identity);
      if (place === undefined) known.set(identity, spans.push(span) - 1);
      else if (takesPlace(durationOf(span), durationOf(spans[place]!))) spans[place] = span;
    }
  const shared = [...again.values()].filter(({ size }) => size > 1).map((places) => [...places.values()]);
  return { spans, shared };
}

/** Of spans of one id: the same for copies. */
function identityOf(span: SpanRef): string {
  const name = Buffer.from(nameOf(span)).toString('latin1');
  return copyKey({ spanId: '', kind: kindOf(span), start: startOf(span), name });
}

function sharesKind(spans: readonly SpanRef[], place: number, places: readonly number[]): boolean {
  return places.some((other) => other !== place && kindOf(spans[other]!) === kindOf(spans[place]!));
}

/** The server sides of a call among the spans of one id, where its client side is there, too. */
function servedOf(spans: readonly SpanRef[], places: readonly number[]): readonly number[] {
  const isOf = (kind: number) => (place: number) => kindOf(spans[place]!) === kind;
  return places.some(isOf(CLIENT)) ? places.filter(isOf(SERVER)) : [];
}

/** Numbers of `nested-sets.ts`. */
export function numbered({ spans }: MergedTrace): readonly NestedSet[] {
  return nestedSets(
    spans.map((span) => ({
      spanId: hexAt(span.batch.spanIds, span.row * 8, 8),
      parentId: isRoot(span) ? '' : hexAt(span.batch.parentIds, span.row * 8, 8),
      kind: kindOf(span),
      start: startOf(span),
      // Only spans that agree in all else are asked for it.
      get name() {
        return Buffer.from(nameOf(span)).toString();
      },
    })),
  );
}

export function isRoot({ batch, row }: SpanRef): boolean {
  return isNoId(batch.parentIds, row * 8);
}

function isBefore(span: SpanRef, other: SpanRef): boolean {
  if (startOf(span) !== startOf(other)) return startOf(span) < startOf(other);
  const order = Buffer.compare(idOf(span), idOf(other)) || kindOf(span) - kindOf(other);
  return (order || Buffer.compare(nameOf(span), nameOf(other))) < 0;
}

/** Whether a link of the span calls a span of its own trace its parent; see `CHILD_OF`. */
function saysItHasParent(span: SpanRef, traceId: string): boolean {
  const { batch, row } = span;
  const reader = WireReader.create(batch.bytes);
  reader.pos = batch.from[row]!;
  while (reader.pos < batch.to[row]!) {
    const tag = reader.uint32();
    if (tag !== SPAN.links) reader.skipType(tag & 7);
    else if (isChildOfLink(reader, reader.uint32() + reader.pos, traceId)) return true;
  }
  return false;
}

const CHILD_OF_KEYS = new NeededKeys([CHILD_OF.key]);

function isChildOfLink(reader: WireReader, end: number, traceId: string): boolean {
  let own = false;
  let childOf = false;
  const pool = new TextPool();
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === LINK.traceId) own = Buffer.from(reader.bytes()).toString('hex') === traceId;
    else if (tag === LINK.attributes)
      readKeyValue(reader, CHILD_OF_KEYS, pool, (_, { type, value }) => {
        childOf ||= type === 's' && pool.textOf(value) === CHILD_OF.value;
      });
    else reader.skipType(tag & 7);
  }
  return own && childOf;
}

function kindOf({ batch, row }: SpanRef): number {
  return batch.kinds[row]!;
}

function durationOf({ batch, row }: SpanRef): bigint {
  return batch.durations[row]!;
}

function startOf({ batch, row }: SpanRef): bigint {
  return batch.starts[row]!;
}

function idOf({ batch, row }: SpanRef): Uint8Array {
  return batch.spanIds.subarray(row * 8, row * 8 + 8);
}

function nameOf({ batch, row }: SpanRef): Uint8Array {
  const reader = WireReader.create(batch.bytes);
  let name: Uint8Array = new Uint8Array(0);
  reader.pos = batch.from[row]!;
  while (reader.pos < batch.to[row]!) {
    const tag = reader.uint32();
    if (tag === SPAN.name) name = reader.bytes();
    else reader.skipType(tag & 7);
  }
  return name;
}
