import type { ResolvedTest } from '../language/link/resolved.js';
import type { TestEntry, TestEvent, TestItem, TestLink, TestSpan, TestTrace } from '../language/tree/ast.js';
import type { Store } from '../sql/store/store.js';
import { runTests, type TestResult } from './run-tests.js';

/** A part of a test that can be left out: with all that is inside it, or, of a span, without its children, which take its place. */
type Part = { readonly kind: 'whole' | 'hoisted'; readonly node: object };

/** A test never needs more; each round leaves something out. */
const MOST_ROUNDS = 8;

export interface Minimised {
  readonly item: TestItem;
  /** Spans, attributes, events and links before and after. */
  readonly before: number;
  readonly after: number;
}

/**
 * Leaves out of a test what its verdict does not need: spans, attributes, events, links and traces, by trying (delta debugging, after
 * Zeller and Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", 2002). What it expects is still met, by the same clauses: those that were
 * violated, and, of a test that passes, those that could have failed. Times become round where that changes nothing. No part that is left can be left out alone.
 *
 * The spans have to be in the text. Undefined: the test does not pass as it is.
 */
export async function minimiseTest(db: Store, test: ResolvedTest): Promise<Minimised | undefined> {
  const [whole] = await run(db, test, [test.item]);
  if (whole === undefined || !whole.passed || test.item.from !== undefined) return undefined;
  // That nothing is there is so of an empty test too, which would say nothing.
  const size = sizeOf(test.item);
  if (test.item.expect.verdict === 'not applicable') return { item: test.item, before: size, after: size };
  const isKept = (result: TestResult): boolean => result.passed && isAlike(result, whole);
  let { item } = test;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const start = item;
    for (const parts of [spanParts, hoistedParts, otherParts])
      item = await without(db, test, item, parts(item), isKept);
    if (item === start) break;
  }
  for (const unit of [MS, US]) {
    const round = rounded(item, unit);
    const [result] = await run(db, test, [round]);
    if (result === undefined || !isKept(result)) continue;
    item = round;
    break;
  }
  return { item, before: size, after: sizeOf(item) };
}

const US = 1_000n;
const MS = 1_000n * US;

/** The item with times of spans that are multiples of a unit: the nearest, and no span without length that had one. */
function rounded(item: TestItem, unit: bigint): TestItem {
  const near = <T extends TestSpan['start']>(time: T, least = 0n): T => {
    const value = ((time.value + unit / 2n) / unit) * unit;
    return { ...time, value: value < least ? least : value };
  };
  const roundSpans = (spans: readonly TestSpan[]): readonly TestSpan[] =>
    spans.map((span) => {
      const start = near(span.start);
      const least = span.end.value > span.start.value ? start.value + unit : start.value;
      const entries = span.entries.flatMap((entry): readonly TestEntry[] =>
        entry.kind === 'span' ? roundSpans([entry]) : [entry],
      );
      return { ...span, start, end: near(span.end, least), entries };
    });
  const traces = item.traces.map((trace) => ({ ...trace, spans: roundSpans(trace.spans) }));
  return { ...item, spans: roundSpans(item.spans), traces };
}

/** The item without as many of the parts as can be; itself, if that is none. */
async function without(
  db: Store,
  test: ResolvedTest,
  item: TestItem,
  parts: readonly Part[],
  isKept: (result: TestResult) => boolean,
): Promise<TestItem> {
  if (parts.length === 0) return item;
  const alone = await run(
    db,
    test,
    parts.map((part) => cut(item, [part])),
  );
  const free = parts.filter((_, index) => alone[index] !== undefined && isKept(alone[index]));
  const dropped: Part[] = [];
  const tryAll = async (some: readonly Part[]): Promise<void> => {
    if (some.length === 0) return;
    const [result] = await run(db, test, [cut(item, [...dropped, ...some])]);
    if (result !== undefined && isKept(result)) dropped.push(...some);
    else if (some.length > 1) {
      const half = Math.ceil(some.length / 2);
      await tryAll(some.slice(0, half));
      await tryAll(some.slice(half));
    }
  };
  await tryAll(free);
  return dropped.length === 0 ? item : cut(item, dropped);
}

/** Judges variants of a test together: each with a title of its own, by which its trace gets an id of its own. */
async function run(
  db: Store,
  test: ResolvedTest,
  items: readonly TestItem[],
): Promise<readonly TestResult[]> {
  const variants = items.map((item, index): ResolvedTest => {
    const title = { ...item.title, value: `${item.title.value} ${index}` };
    return { ...test, item: { ...item, title } };
  });
  return await runTests(db, variants, async () => ({ problem: 'its spans are in a file' }));
}

function isAlike({ shown, test }: TestResult, whole: TestResult): boolean {
  const isSame = (a: readonly string[], b: readonly string[]): boolean =>
    a.length === b.length && a.every((name) => b.includes(name));
  const { verdict } = test.item.expect;
  return (
    isSame(shown.violated, whole.shown.violated) &&
    (verdict !== 'pass' || isSame(shown.held, whole.shown.held))
  );
}

function spansIn(spans: readonly TestSpan[]): readonly TestSpan[] {
  return spans.flatMap((span) => [span, ...spansIn(childrenOf(span.entries))]);
}

function childrenOf(entries: readonly TestEntry[]): readonly TestSpan[] {
  return entries.filter((entry) => entry.kind === 'span');
}

function allSpans(item: TestItem): readonly TestSpan[] {
  return spansIn([...item.spans, ...item.traces.flatMap(({ spans }) => spans)]);
}

function spanParts(item: TestItem): readonly Part[] {
  return [...item.traces, ...allSpans(item)].map((node) => ({ kind: 'whole', node }));
}

function hoistedParts(item: TestItem): readonly Part[] {
  return allSpans(item)
    .filter(({ entries }) => childrenOf(entries).length > 0)
    .map((node) => ({ kind: 'hoisted', node }));
}

function otherParts(item: TestItem): readonly Part[] {
  return allSpans(item)
    .flatMap(({ entries }) => entries)
    .flatMap((entry): readonly object[] => {
      if (entry.kind === 'span') return [];
      return entry.kind === 'attribute' ? [entry] : [entry, ...entry.attributes];
    })
    .map((node) => ({ kind: 'whole', node }));
}

/** The item without these parts of it. */
function cut(item: TestItem, parts: readonly Part[]): TestItem {
  const whole = new Set(parts.filter(({ kind }) => kind === 'whole').map(({ node }) => node));
  const hoisted = new Set(parts.filter(({ kind }) => kind === 'hoisted').map(({ node }) => node));
  const isLeft = (node: object): boolean => !whole.has(node);
  const cutSpans = (spans: readonly TestSpan[]): readonly TestSpan[] =>
    spans.filter(isLeft).flatMap((span) => {
      const entries = span.entries.filter(isLeft).flatMap((entry): readonly TestEntry[] => {
        if (entry.kind === 'span') return cutSpans([entry]);
        return entry.kind === 'attribute' ? [entry] : [withoutAttributes(entry, isLeft)];
      });
      return hoisted.has(span) ? childrenOf(entries) : [{ ...span, entries }];
    });
  const traces = item.traces
    .filter(isLeft)
    .map((trace): TestTrace => ({ ...trace, spans: cutSpans(trace.spans) }));
  return { ...item, spans: cutSpans(item.spans), traces };
}

function withoutAttributes<T extends TestEvent | TestLink>(entry: T, isLeft: (node: object) => boolean): T {
  return { ...entry, attributes: entry.attributes.filter(isLeft) };
}

function sizeOf(item: TestItem): number {
  return allSpans(item).length + otherParts(item).length;
}
