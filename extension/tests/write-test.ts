/** A recorded trace as a `test` block. */
import { type AnyValue, boundsOf, type KeyValue, KINDS, type Span, STATUSES } from '../service/trace.js';

export interface TestText {
  readonly title: string;
  readonly rule: string;
  /** `violation of always#1` */
  readonly expectation: string;
  /** Each the spans of one trace, that which starts first before the others; several for a rule across traces. */
  readonly traces: readonly (readonly Span[])[];
  /** Which attributes to keep, by scope and name; all where it is not known what the rule reads. */
  readonly keep?: ((scope: string, key: string) => boolean) | undefined;
}

const INTERNAL = 1;
/** As the formatter breaks lines. */
const LINE = 100;
/** A span that cannot be nested deeper is still written, under the deepest that can. */
const DEEPEST = 40;

/** Spans keep their times relative to the first of all, to the nanosecond. Ends with a line end. */
export function testText({ title, rule, expectation, traces, keep = () => true }: TestText): string {
  const { start: origin } = boundsOf(traces.flat());
  const [only = []] = traces;
  const lines =
    traces.length < 2
      ? spanLines(only, origin, 1, { keep, names: new Map() })
      : traceLines(traces, origin, keep);
  return [`test ${quoted(title)} of ${rule} {`, ...lines, `  expect ${expectation}`, '}', ''].join('\n');
}

/** Every trace with a name, so that links can lead to it. */
function traceLines(
  traces: TestText['traces'],
  origin: bigint,
  keep: NonNullable<TestText['keep']>,
): readonly string[] {
  const names = new Map(traces.map(([first], index) => [first?.traceId ?? '', String(index + 1)]));
  return traces.flatMap((spans, index) => {
    const { start } = boundsOf(spans);
    const lines = spanLines(spans, start, 2, { keep, names });
    return [`  trace "${index + 1}" ${durationText(start - origin)} {`, ...lines, '  }'];
  });
}

interface Writing {
  readonly keep: NonNullable<TestText['keep']>;
  /** Of traces of the test, by their ids. */
  readonly names: ReadonlyMap<string, string>;
}

function spanLines(
  spans: readonly Span[],
  origin: bigint,
  outer: number,
  writing: Writing,
): readonly string[] {
  const lines: string[] = [];
  const open: number[] = [];
  const close = (depth: number): void => {
    while (open.length > 0 && (open.at(-1) ?? 0) >= depth) {
      open.pop();
      lines.push(`${indent(open.length + outer)}}`);
    }
  };
  for (const [n, span] of spans.entries()) {
    const depth = Math.min(span.depth, DEEPEST);
    close(depth);
    const pad = indent(open.length + outer);
    const body = bodyOf(span, writing).map((line) => `${pad}  ${line}`);
    const next = spans[n + 1];
    const hasChildren = next !== undefined && Math.min(next.depth, DEEPEST) > depth;
    const times = `${durationText(span.start - origin)}..${durationText(span.start - origin + span.duration)}`;
    const head = `${pad}${serviceText(span.service)} ${quoted(span.name)} ${times}`;
    if (body.length === 0 && !hasChildren) {
      lines.push(head);
      continue;
    }
    const short = `${head} { ${body.map((line) => line.trim()).join(' ')} }`;
    if (!hasChildren && body.length === 1 && short.length <= LINE) {
      lines.push(short);
      continue;
    }
    lines.push(`${head} {`, ...body);
    if (hasChildren) open.push(depth);
    else lines.push(`${pad}}`);
  }
  close(0);
  return lines;
}

function bodyOf(span: Span, { keep, names }: Writing): readonly string[] {
  const attributes = (scope: string, list: readonly KeyValue[]): readonly string[] => {
    const seen = new Set<string>();
    return list.flatMap(({ key, value }) => {
      const text = literal(value);
      if (text === undefined || key === '' || seen.has(key) || !keep(scope, key)) return [];
      seen.add(key);
      return [`${scope}.${keyText(key)} = ${text}`];
    });
  };
  const kind = KINDS[span.kind];
  const status = STATUSES[span.status.code];
  const resource = span.resource.filter(({ key }) => key !== 'service.name');
  return [
    ...(kind === undefined || span.kind === INTERNAL ? [] : [`kind = ${kind}`]),
    ...(status === undefined || status === 'unset' ? [] : [`status = ${status}`]),
    ...(span.status.message === '' ? [] : [`statusMessage = ${quoted(span.status.message)}`]),
    ...(span.orphan ? [`span:parentID = ${quoted(span.parentSpanId)}`] : []),
    ...attributes('span', span.attributes),
    ...attributes('resource', resource),
    ...span.events.flatMap(({ name, timeUnixNano, attributes: own }) => {
      const since = BigInt(timeUnixNano) - span.start;
      // An event from before its span has no place in a test.
      if (since < 0n) return [];
      return withBody(`event ${quoted(name)} ${durationText(since)}`, attributes('event', own));
    }),
    ...span.links.flatMap(({ traceId, spanId, attributes: own }) => {
      const name = names.get(traceId);
      const target = name === undefined ? `${quoted(traceId)} ${quoted(spanId)}` : quoted(name);
      return withBody(`link ${target}`, attributes('link', own));
    }),
  ];
}

function withBody(head: string, body: readonly string[]): readonly string[] {
  return [body.length === 0 ? head : `${head} { ${body.join(' ')} }`];
}

/** `span.amount = 2000`, as a filter asks for a value; of a list, for its first element. Undefined where none can. */
export function conditionText(scope: string, key: string, value: AnyValue): string | undefined {
  const text = literal(value.arrayValue?.values?.[0] ?? value);
  return text === undefined || key === '' ? undefined : `${scope}.${keyText(key)} = ${text}`;
}

function literal(value: AnyValue): string | undefined {
  if (value.stringValue !== undefined) return quoted(value.stringValue);
  if (value.boolValue !== undefined) return String(value.boolValue);
  if (value.intValue !== undefined) return String(value.intValue);
  if (value.doubleValue !== undefined) return doubleText(Number(value.doubleValue));
  const items = value.arrayValue?.values?.map(literal);
  if (items === undefined || items.length === 0 || items.some((item) => item === undefined)) return undefined;
  return `[${items.join(', ')}]`;
}

/** A number that is no int; those that no text can be are left out. */
function doubleText(value: number): string | undefined {
  if (!Number.isFinite(value)) return undefined;
  const text = Object.is(value, -0) ? '-0' : String(value);
  return /[.e]/u.test(text) ? text : `${text}.0`;
}

const UNITS = [
  [1_000_000_000n, 's'],
  [1_000_000n, 'ms'],
  [1_000n, 'us'],
  [1n, 'ns'],
] as const;

/** Exactly, in the largest unit that it is not less than: `218.988956ms`. */
export function durationText(ns: bigint): string {
  const [size, unit] = UNITS.find(([size]) => ns >= size) ?? [1_000_000n, 'ms'];
  const digits = size.toString().length - 1;
  const fraction = (ns % size).toString().padStart(digits, '0').replace(/0+$/u, '');
  return `${ns / size}${fraction === '' ? '' : `.${fraction}`}${unit}`;
}

function indent(depth: number): string {
  return '  '.repeat(depth);
}

/** Words that the grammar could take for something else are quoted too. */
function serviceText(service: string): string {
  return /^[a-z][a-z0-9-]*$/u.test(service) && !RESERVED.has(service) ? service : quoted(service);
}

const RESERVED = new Set(
  'event link expect kind status name duration span resource trace parent root true false nil ok error unset server client internal producer consumer unspecified rule let use test export when always never and or not exists where as in contains before after starts ends during overlaps under over between within at then by select coalesce count min max avg sum distinct quantile instrumentation'.split(
    ' ',
  ),
);

/** A key as a field is written. */
export function keyText(key: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*(?:[.-][A-Za-z0-9_]+)*$/u.test(key) ? key : quoted(key);
}

/** As Go quotes strings, which is what the language reads. */
export function quoted(text: string): string {
  const escaped = text
    .replace(/[\\"]/gu, '\\$&')
    .replace(/\n/gu, '\\n')
    .replace(/\r/gu, '\\r')
    .replace(/\t/gu, '\\t')
    .replace(
      /[\p{Cc}\u2028\u2029\ufeff]/gu,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    )
    .replace(/[\ud800-\udfff]/gu, '\ufffd');
  return `"${escaped}"`;
}
