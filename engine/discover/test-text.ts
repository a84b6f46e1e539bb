/** Stored traces as a `test` block, with what the rule reads and nothing else. */
import { durationText, quoteString } from '../language/tree/literals.js';
import type { AttributeKey } from '../plan/schema.js';
import type { ExampleSpan } from '../sql/discover/example-spans.js';
import { keyText, literalText } from './shapes.js';

export interface DescribedTest {
  readonly title: string;
  readonly rule: string;
  /** `pass` or `violation`. */
  readonly expectation: string;
  /** Of one trace or several, in any order. */
  readonly spans: readonly ExampleSpan[];
  /** The keys of the values of the spans. */
  readonly keys: readonly AttributeKey[];
  readonly reads: readonly AttributeKey[];
  readonly readsStatus: boolean;
}

/** More spans make a test that nobody reads. */
export const MOST_TEST_SPANS = 80;

export function testText(described: DescribedTest): string {
  const { title, rule, expectation, spans } = described;
  const byTrace = new Map<string, ExampleSpan[]>();
  for (const span of spans) byTrace.set(span.traceId, [...(byTrace.get(span.traceId) ?? []), span]);
  const traces = [...byTrace.values()]
    .map((trace) => trace.toSorted((a, b) => Number(a.start - b.start)))
    .map((trace) => ({ trace, start: trace[0]!.start }))
    .sort((a, b) => Number(a.start - b.start));
  const origin = traces[0]!.start;
  const places = new Map(traces.map(({ trace }, n) => [trace[0]!.traceId, String(n + 1)]));
  const isAlone = traces.length === 1;
  const lines = traces.flatMap(({ trace, start }) => {
    const own = spanLines(trace, start, described, places);
    if (isAlone) return own;
    const place = quoteString(places.get(trace[0]!.traceId)!);
    return [`  trace ${place} ${durationText(start - origin)} {`, ...own, '  }'];
  });
  return [`test ${quoteString(title)} of ${rule} {`, ...lines, `  expect ${expectation}`, '}'].join('\n');
}

/** The spans of one trace, as a tree, each once: where ids are shared or parents go in a ring, it is cut where it would come back to a span. */
function spanLines(
  spans: readonly ExampleSpan[],
  origin: bigint,
  { keys, reads, readsStatus }: DescribedTest,
  places: ReadonlyMap<string, string>,
): readonly string[] {
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const isRead = keys.map((key) => reads.some((read) => read.scope === key.scope && read.key === key.key));
  const children = new Map<string, ExampleSpan[]>();
  for (const span of spans) {
    const parent = span.parentId !== span.spanId && ids.has(span.parentId) ? span.parentId : '';
    children.set(parent, [...(children.get(parent) ?? []), span]);
  }
  const written = new Set<ExampleSpan>();
  const writeEach = (some: readonly ExampleSpan[], depth: number): readonly string[] =>
    some.flatMap((span) => (written.has(span) ? [] : write(span, depth)));
  const write = (span: ExampleSpan, depth: number): readonly string[] => {
    written.add(span);
    const pad = '  '.repeat(depth);
    const start = span.start - origin;
    const values = span.values.flatMap((value, n) =>
      value === undefined || !isRead[n]
        ? []
        : [`${keyText(keys[n]!)} = ${literalText(value.text, value.type)}`],
    );
    const links = span.links.flatMap((traceId) => places.get(traceId) ?? []);
    const status = readsStatus && span.isFailed ? ['status = error'] : [];
    const settings = [...status, ...values, ...links.map((place) => `link ${quoteString(place)}`)];
    const below = writeEach(children.get(span.spanId) ?? [], depth + 1);
    const head = `${pad}${quoteString(span.service === '' ? 'unknown' : span.service)} ${quoteString(span.name)} ${timeText(start)}..${timeText(start + span.duration)}`;
    if (settings.length + below.length === 0) return [head];
    return [`${head} {`, ...settings.map((value) => `${pad}  ${value}`), ...below, `${pad}}`];
  };
  return writeEach([...(children.get('') ?? []), ...spans], 1);
}

/** In milliseconds, to the nanosecond: `218.988956ms`. */
function timeText(ns: bigint): string {
  const fraction = (ns % 1_000_000n).toString().padStart(6, '0').replace(/0+$/u, '');
  return `${ns / 1_000_000n}${fraction === '' ? '' : `.${fraction}`}ms`;
}
