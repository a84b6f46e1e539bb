/** Small traces in all the odd shapes that collectors deliver. */
import fc from 'fast-check';
import { attributesOfPairs } from '../../../engine/otlp/attributes.js';
import type { Attributes, Span, SpanEvent, SpanLink, Trace } from '../../../engine/otlp/model.js';
import { areCopies } from '../oracle/merge.js';
import { EPOCH, spanId, TICK, traceId } from './spans.js';
import {
  ATTRIBUTE_VALUES,
  KINDS,
  NAMES,
  SERVICES,
  SPAN_NUMBERS,
  STATUSES,
  TEXTS,
  TRACE_NUMBERS,
} from './vocabulary.js';

const MOST_SPANS = 12;

/** Each key is there in `presence` of ten cases, and now and then several times. */
function attributesOf(keys: readonly string[], presence = 6): fc.Arbitrary<Attributes> {
  const entries = keys.map((key) => {
    const pair = fc.constantFrom(...ATTRIBUTE_VALUES[key]!).map((value) => [key, value] as const);
    return fc.oneof(
      { weight: 10 * presence - 5, arbitrary: fc.tuple(pair) },
      { weight: 5, arbitrary: fc.array(pair, { minLength: 2, maxLength: 3 }) },
      { weight: 100 - 10 * presence, arbitrary: fc.constant([]) },
    );
  });
  return fc.tuple(...entries).map((found) => attributesOfPairs(found.flat()));
}

const service = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(...SERVICES) },
  { weight: 1, arbitrary: fc.constant(undefined) },
);

const resource: fc.Arbitrary<Attributes> = fc
  .tuple(service, attributesOf(['k', 'n'], 3))
  .map(([name, rest]) => (name === undefined ? rest : new Map([['service.name', name], ...rest])));

const scope = fc.record({
  name: fc.constantFrom('', 'lib', 'a'),
  version: fc.constantFrom('', '1', 'b'),
  attributes: attributesOf(['k'], 3),
});

const ticks = (most: number): fc.Arbitrary<bigint> =>
  fc.integer({ min: 0, max: most }).map((n) => BigInt(n) * TICK);

const event: fc.Arbitrary<SpanEvent> = fc.record({
  name: fc.constantFrom('e', 'f', 'a'),
  timeSinceStart: ticks(2),
  attributes: attributesOf(['n', 'k', 'flag'], 5),
});

const link: fc.Arbitrary<SpanLink> = fc.record({
  traceId: fc.constantFrom(...TRACE_NUMBERS.map(traceId)),
  spanId: fc.constantFrom(...SPAN_NUMBERS.map(spanId)),
  attributes: attributesOf(['k', 'opentracing.ref_type'], 5),
});

const content = fc.record({
  name: fc.constantFrom(...NAMES),
  kind: fc.constantFrom(...KINDS, 'server', 'client'),
  status: fc.constantFrom(...STATUSES),
  statusMessage: fc.constantFrom('', '', ...TEXTS),
  start: ticks(8).map((after) => EPOCH + after),
  duration: ticks(4),
  resource,
  attributes: attributesOf(['n', 's', 'k', 'flag', 'list', 'big', 'odd key'], 6),
  scope,
  events: fc.array(event, { maxLength: 2 }),
  links: fc.array(link, { maxLength: 2 }),
}) satisfies fc.Arbitrary<Omit<Span, 'spanId' | 'parentSpanId'>>;

/** Where a span hangs, and whether it takes the id of another. Numbers pick a span by remainder. */
const place = fc.record({
  parent: fc.oneof(
    { weight: 14, arbitrary: fc.constant('earlier' as const) },
    { weight: 2, arbitrary: fc.constantFrom('root' as const, 'any' as const) },
    { weight: 1, arbitrary: fc.constantFrom('orphan' as const, 'itself' as const) },
  ),
  pick: fc.nat(MOST_SPANS * 6),
  id: fc.oneof(
    { weight: 10, arbitrary: fc.constant('its own' as const) },
    { weight: 2, arbitrary: fc.constantFrom('shared' as const, 'reused' as const, 'copied' as const) },
  ),
});
type Of<A> = A extends fc.Arbitrary<infer T> ? T : never;
type Place = Of<typeof place>;
type Draft = readonly [Of<typeof content>, Place];

function assemble(drafts: readonly Draft[], hasRoot: boolean, number: number): Trace {
  const spans: Span[] = [];
  for (const [i, [inside, parent]] of drafts.entries()) {
    const other = parent.id === 'its own' ? undefined : spans[parent.pick % Math.max(i, 1)];
    const parentSpanId = parentOf(parent, i, spans, drafts.length, hasRoot);
    const span: Span = {
      ...inside,
      spanId: other?.spanId ?? idOf(i),
      parentSpanId,
      ...likeOf(other, parent, inside),
    };
    spans.push(spans.find((known) => isUndecided(known, span)) ?? span);
  }
  return { traceId: traceId(number), spans };
}

/** What a span that takes the id of another shares with it otherwise. */
function likeOf(other: Span | undefined, { id }: Place, inside: Draft[0]): Partial<Span> {
  if (other === undefined) return {};
  switch (id) {
    case 'copied':
      return { kind: other.kind, name: other.name, start: other.start };
    case 'reused':
      return { kind: other.kind };
    case 'shared':
    case 'its own':
      return { kind: counterpart(other, inside.kind) };
  }
}

function idOf(i: number): string {
  return spanId(i === 2 ? 0xab : i + 1);
}

/** Which of two such copies counts is not promised, so a trace has them only if they are equal in everything. */
function isUndecided(a: Span, b: Span): boolean {
  return areCopies(a, b) && a.duration === b.duration;
}

/** A client and a server are the usual pair under one id. */
function counterpart(other: Span, kind: Span['kind']): Span['kind'] {
  if (other.kind === 'client') return 'server';
  return other.kind === 'server' ? 'client' : kind;
}

function parentOf(place: Place, i: number, spans: readonly Span[], length: number, hasRoot: boolean): string {
  if (i === 0) return hasRoot ? '' : place.pick % 2 === 0 ? spanId(0xdead) : idOf(place.pick % length);
  switch (place.parent) {
    case 'earlier':
      return spans[(place.pick >> 1) % i]!.spanId;
    case 'root':
      return '';
    case 'any':
      return idOf(place.pick % length);
    case 'orphan':
      return spanId(0xdead);
    case 'itself':
      return idOf(i);
  }
}

const usually = fc.integer({ min: 0, max: 9 }).map((n) => n > 0);

/** One trace, of 1 to 12 spans. */
export function aTrace(number = 1): fc.Arbitrary<Trace> {
  return fc
    .tuple(fc.array(fc.tuple(content, place), { minLength: 1, maxLength: MOST_SPANS, size: 'max' }), usually)
    .map(([drafts, hasRoot]) => assemble(drafts, hasRoot, number));
}

/** One to four traces with different ids. */
export const someTraces: fc.Arbitrary<readonly Trace[]> = fc
  .integer({ min: 1, max: 4 })
  .chain((length) => fc.tuple(...Array.from({ length }, (_, i) => aTrace(i === 2 ? 0xab : i + 1))));

/** The same trace with its spans in another order. */
export function permuted(trace: Trace): fc.Arbitrary<Trace> {
  return fc
    .shuffledSubarray([...trace.spans], { minLength: trace.spans.length })
    .map((spans) => ({ ...trace, spans }));
}

/** The same traces as blocks hold them: in up to three fragments each, some spans in several of them, in any order. */
export function fragmented(traces: readonly Trace[]): fc.Arbitrary<readonly Trace[]> {
  const all = traces.flatMap((trace) => trace.spans.map((span) => ({ trace, span })));
  const homes = fc.subarray([0, 1, 2], { minLength: 1 });
  return fc.tuple(...all.map(() => homes)).chain((chosen) => {
    const fragments = traces.flatMap((trace) =>
      [0, 1, 2].map((fragment) => ({
        traceId: trace.traceId,
        spans: all
          .filter((placed, i) => placed.trace === trace && chosen[i]!.includes(fragment))
          .map((placed) => placed.span),
      })),
    );
    const filled = fragments.filter((fragment) => fragment.spans.length > 0);
    return fc.shuffledSubarray(filled, { minLength: filled.length });
  });
}

/** Fragments shared out over three blocks, in each of which a trace is once. */
export function inThreeBlocks(fragments: readonly Trace[]): readonly (readonly Trace[])[] {
  return [0, 1, 2].map((block) =>
    fragments.filter(
      ({ traceId }, place) =>
        fragments.slice(0, place).filter((other) => other.traceId === traceId).length === block,
    ),
  );
}

/** The same traces in fragments, with copies, and in any order of the spans. */
export function disturbed(traces: readonly Trace[]): fc.Arbitrary<readonly Trace[]> {
  return fc
    .tuple(...traces.map((trace) => permuted(trace).chain(withDuplicates)))
    .chain((mixed) => fragmented(mixed));
}

/** The same trace with some spans delivered twice. */
export function withDuplicates(trace: Trace): fc.Arbitrary<Trace> {
  return fc.subarray([...trace.spans]).map((again) => ({ ...trace, spans: [...trace.spans, ...again] }));
}
