import type { NamedValue } from '../../otlp/named-value.js';
import { addNumbers, type Numbers } from '../../query/metrics/partials.js';
import { labelKey } from '../../query/metrics/series.js';
import { QueryError } from '../../query/query-error.js';
import type { PartialPoint } from '../../sql/compile/metrics/metrics.js';

/** What is known of one series in one slot. */
export interface SlotCell {
  count: number;
  numbers?: Numbers;
  /** Pairs of a value and how often it was there, in no order. */
  values?: number[];
  /** How often each value was there, by its key. */
  keys?: Map<bigint, number>;
  /** Traces that it comes from: the first and the last in the order of `byTelling`. */
  witnesses: readonly Witness[];
}

/** A trace that a value comes from, by its hash, and what it is the more telling by: the value that it had. */
export interface Witness {
  readonly trace: bigint;
  readonly value: number;
}

/** Whatever the order in which they are found. */
export function byTelling(a: Witness, b: Witness): number {
  return b.value - a.value || (a.trace < b.trace ? -1 : a.trace === b.trace ? 0 : 1);
}

export interface SeriesCells {
  /** By name, each once; a value is null where spans have none. */
  readonly labels: readonly NamedValue[];
  readonly cells: Map<number, SlotCell>;
}

export interface SlotLimits {
  /** Series of one window. */
  readonly maxSeries: number;
}

/** Cells, and values in them, of one selection: what bounds memory, whatever the number of series in a window. */
const MAX_CELLS = 4_000_000;
const MAX_VALUES = 20_000_000;

/**
 * What one selection of a rule counted: by series and slot. A slot with more series than a window may have is forgotten, and known as
 * `crowded`: no window that holds it can be judged.
 */
export class SlotCounts {
  readonly series = new Map<string, SeriesCells>();
  readonly crowded = new Set<number>();
  private readonly seriesInSlot = new Map<number, number>();
  private cells = 0;
  private values = 0;

  constructor(private readonly limits: SlotLimits) {}

  /** Throws a `QueryError` when there is more than fits in memory with certainty. */
  add(labels: readonly NamedValue[], slot: number, cell: SlotCell): void {
    if (this.crowded.has(slot)) return;
    const key = seriesKey(labels);
    let known = this.series.get(key);
    if (known === undefined) {
      known = { labels, cells: new Map() };
      this.series.set(key, known);
    }
    this.values += (cell.values?.length ?? 0) / 2 + (cell.keys?.size ?? 0);
    if (this.values > MAX_VALUES)
      throw new QueryError(
        'BT3008',
        `the quantiles or different values of the rule need more than ${MAX_VALUES} values`,
      );
    const before = known.cells.get(slot);
    if (before !== undefined) {
      join(before, cell);
      return;
    }
    const inSlot = (this.seriesInSlot.get(slot) ?? 0) + 1;
    this.seriesInSlot.set(slot, inSlot);
    if (inSlot > this.limits.maxSeries) {
      this.forget(slot);
      return;
    }
    if (++this.cells > MAX_CELLS)
      throw new QueryError('BT3008', `the series of the rule have more than ${MAX_CELLS} counts`);
    known.cells.set(slot, cell);
  }

  /** What was counted elsewhere, which must not be used any more. */
  addAll(other: Pick<SlotCounts, 'crowded' | 'series'>): void {
    for (const slot of other.crowded) this.forget(slot);
    for (const { labels, cells } of other.series.values())
      for (const [slot, cell] of cells) this.add(labels, slot, cell);
  }

  get hasCounted(): boolean {
    return this.cells > 0 || this.crowded.size > 0;
  }

  private forget(slot: number): void {
    this.crowded.add(slot);
    for (const { cells } of this.series.values()) if (cells.delete(slot)) this.cells--;
  }
}

/** Text that tells series apart by their labels, whatever the order in which these are written. */
export function seriesKey(labels: readonly NamedValue[]): string {
  return labelKey(labels.toSorted((a, b) => (a.name < b.name ? -1 : 1)));
}

/** What a unit of traces has for one series in one slot. */
export function cellOf({ count, numbers, value, key, witnesses }: PartialPoint): SlotCell {
  const [greatest = 0, least = 0] =
    numbers === undefined ? [value, value] : [numbers.greatest, numbers.least];
  return {
    count,
    witnesses: (witnesses ?? NONE)
      .map((trace, n) => ({ trace, value: n === 0 ? greatest : least }))
      .sort(byTelling),
    ...(numbers === undefined ? {} : { numbers: { ...numbers, lost: 0 } }),
    ...(value === undefined ? {} : { values: [value, count] }),
    ...(key === undefined ? {} : { keys: new Map([[key, count]]) }),
  };
}

const NONE: readonly bigint[] = [];

function join(into: SlotCell, cell: SlotCell): void {
  into.count += cell.count;
  if (cell.numbers !== undefined) {
    if (into.numbers === undefined) into.numbers = cell.numbers;
    else addNumbers(into.numbers, cell.numbers);
  }
  if (cell.values !== undefined) {
    into.values ??= [];
    for (const value of cell.values) into.values.push(value);
  }
  if (cell.keys !== undefined) {
    into.keys ??= new Map();
    for (const [key, count] of cell.keys) into.keys.set(key, (into.keys.get(key) ?? 0) + count);
  }
  const inOrder = [...into.witnesses, ...cell.witnesses].sort(byTelling);
  into.witnesses = inOrder.length > 2 ? [inOrder[0]!, inOrder.at(-1)!] : inOrder;
}
