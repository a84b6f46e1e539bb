/**
 * The deviations that the recorded answers do not show, over traces of our own. What Tempo answers is what its code does and what was seen
 * next to a running one; it was not recorded over these traces.
 */
import type { SpanParts } from '../support/arbitrary/spans.js';

/** Spansets as the names of their spans, with what they are grouped by in front; series as their labels. */
export type StatedAnswer = readonly string[] | 'refused';

export interface Stated {
  /** In the list of differences in engine/language/README.md. */
  readonly difference: number;
  readonly query: string;
  readonly ours: StatedAnswer;
  readonly tempos: StatedAnswer;
  readonly format?: 'vParquet4';
}

/** One trace, by id of the span; `parent` undefined for a root. */
interface StatedSpan extends SpanParts {
  readonly id: number;
  readonly parent: number | undefined;
  /** Of the blocks, the one that the span lies in. */
  readonly block?: 0 | 1;
}

/** A root with a child, and a span of the same trace that was written to another block. */
const ORDER: readonly StatedSpan[] = [
  { id: 1, parent: undefined, name: 'order', ticks: 9, attributes: { a: 2n, list: ['x'] } },
  { id: 2, parent: 1, name: 'charge', ticks: 2, attributes: { a: 1n, list: ['x', 'y'] } },
  { id: 3, parent: 1, name: 'ship', at: 6, block: 1, attributes: { 'q"t': 'v' } },
];
/** Below a parent that was exported elsewhere. */
const CONSUMER: readonly StatedSpan[] = [
  { id: 11, parent: 0xdead, name: 'receive', ticks: 4 },
  { id: 12, parent: 11, name: 'handle', ticks: 2 },
];

export const TRACES = [ORDER, CONSUMER] as const;

export const STATED: readonly Stated[] = [
  { difference: 1, query: '{ name = "charge" } && { name = "ship" }', ours: ['charge ship'], tempos: [] },
  { difference: 4, query: '{ !(span.a = 1) }', ours: ['order'], tempos: [] },
  { difference: 6, query: '{ span:childCount = 2 }', ours: ['order'], tempos: [], format: 'vParquet4' },
  {
    difference: 7,
    query: '{ span.a != nil } | by(name, span.a)',
    ours: ['(charge, 1) charge', '(order, 2) order'],
    tempos: 'refused',
  },
  {
    difference: 7,
    query: '{ span.a > 0 } | max(duration) - min(duration) > 6ms',
    ours: ['charge order'],
    tempos: 'refused',
  },
  { difference: 7, query: '{ name = "charge" } | count() = 0', ours: [''], tempos: [] },
  { difference: 8, query: '{ name = "receive" } >> { name = "handle" }', ours: ['handle'], tempos: [] },
  { difference: 10, query: '{ rootName = "" }', ours: [], tempos: ['handle receive'] },
  { difference: 10, query: '{ rootName = nil }', ours: ['handle receive'], tempos: 'refused' },
  {
    difference: 11,
    query: '{ span.list != nil } | by(span.list)',
    ours: ['([x, y]) charge', '([x]) order'],
    tempos: ['(x) order', '(nil) charge'],
  },
  {
    difference: 11,
    query: '{ span.list != nil } | count_over_time() by (span.list)',
    ours: ['span.list=[x, y]', 'span.list=[x]'],
    tempos: ['span.list=nil'],
  },
  {
    difference: 12,
    query: '{ } | count_over_time() with (extrapolate = true)',
    ours: 'refused',
    tempos: ['__name__=count_over_time'],
  },
  {
    difference: 13,
    query: '{ name = "ship" } | count_over_time() by (span."q\\"t")',
    ours: ['span."q\\"t"=v'],
    tempos: ['span."q"t"=v'],
  },
];
