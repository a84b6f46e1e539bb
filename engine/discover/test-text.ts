/** A stored trace as a `test` block, with what the rule reads and nothing else. */
import { quoteString } from '../language/tree/literals.js';
import type { AttributeKey } from '../plan/schema.js';
import type { ExampleSpan } from '../sql/discover/example-spans.js';
import { keyText, literalText } from './shapes.js';

export interface TestOfTrace {
  readonly title: string;
  readonly rule: string;
  /** `pass` or `violation`. */
  readonly expectation: string;
  readonly spans: readonly ExampleSpan[];
  /** The keys of the values of the spans. */
  readonly keys: readonly AttributeKey[];
  readonly reads: readonly AttributeKey[];
}

/** More spans make a test that nobody reads. */
export const MOST_TEST_SPANS = 80;

export function testText({ title, rule, expectation, spans, keys, reads }: TestOfTrace): string {
  const [{ start: origin }] = spans.toSorted((a, b) => Number(a.start - b.start)) as [ExampleSpan];
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const isRead = keys.map((key) => reads.some((read) => read.scope === key.scope && read.key === key.key));
  const children = new Map<string, ExampleSpan[]>();
  for (const span of spans) {
    const parent = span.parentId !== span.spanId && ids.has(span.parentId) ? span.parentId : '';
    children.set(parent, [...(children.get(parent) ?? []), span]);
  }
  const write = (span: ExampleSpan, depth: number): readonly string[] => {
    const pad = '  '.repeat(depth);
    const start = span.start - origin;
    const values = span.values.flatMap((value, n) =>
      value === undefined || !isRead[n]
        ? []
        : [`${keyText(keys[n]!)} = ${literalText(value.text, value.type)}`],
    );
    const below = (children.get(span.spanId) ?? []).flatMap((child) => write(child, depth + 1));
    const head = `${pad}${quoteString(span.service === '' ? 'unknown' : span.service)} ${quoteString(span.name)} ${timeText(start)}..${timeText(start + span.duration)}`;
    if (values.length + below.length === 0) return [head];
    return [`${head} {`, ...values.map((value) => `${pad}  ${value}`), ...below, `${pad}}`];
  };
  const lines = (children.get('') ?? []).flatMap((span) => write(span, 1));
  return [`test ${quoteString(title)} of ${rule} {`, ...lines, `  expect ${expectation}`, '}'].join('\n');
}

/** In milliseconds, to the nanosecond: `218.988956ms`. */
function timeText(ns: bigint): string {
  const fraction = (ns % 1_000_000n).toString().padStart(6, '0').replace(/0+$/u, '');
  return `${ns / 1_000_000n}${fraction === '' ? '' : `.${fraction}`}ms`;
}
