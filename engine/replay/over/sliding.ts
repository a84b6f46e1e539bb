/** Values of a window that slides over slots: cells enter in the order of their slots, and leave in that order. */
import { FUNCTION_FACTS, type FunctionPlan } from '../../plan/metrics-plan.js';
import { addNumbers, type Numbers } from '../../query/metrics/partials.js';
import type { SlotCell } from './slot-counts.js';

export interface Sliding {
  enter(cell: SlotCell): void;
  /** The cell that entered first. */
  leave(cell: SlotCell): void;
  /** Of at least one cell. */
  value(): number;
}

type Function = Exclude<FunctionPlan, { kind: 'compare' }>;

/** `seconds`: the length of a window. `cells`: all that will enter. */
export function slidingOf(called: Function, seconds: number, cells: readonly SlotCell[]): Sliding {
  switch (called.kind) {
    case 'rate':
      return new SlidingCount(seconds);
    case 'count_over_time':
    case 'histogram_over_time':
      return new SlidingCount(1);
    case 'distinct_over_time':
      return new SlidingDistinct();
    case 'min_over_time':
      return new SlidingNumbers(({ least }) => least / scaleOf(called));
    case 'max_over_time':
      return new SlidingNumbers(({ greatest }) => greatest / scaleOf(called));
    case 'sum_over_time':
      return new SlidingNumbers((numbers) => totalOf(numbers) / scaleOf(called));
    case 'avg_over_time':
      return new SlidingNumbers((numbers, count) => totalOf(numbers) / count / scaleOf(called));
    case 'quantile_over_time':
      return new SlidingQuantile(called.quantiles[0] ?? 0, scaleOf(called), cells);
  }
}

/** What a series has where no cell is: there is a count of nothing, and nothing else of it. */
export function valueOfNothing({ kind }: FunctionPlan): number {
  return FUNCTION_FACTS[kind].isCount ? 0 : Number.NaN;
}

/** Durations are compared in seconds. */
function scaleOf({ value }: Extract<Function, { value: unknown }>): number {
  return value.isDuration ? 1e9 : 1;
}

function totalOf({ wholeSum, sum, lost }: Numbers): number {
  return Number(wholeSum) + (sum + lost);
}

class SlidingCount implements Sliding {
  private count = 0;

  /** Divided by, for the number that is written: 111 times 1 / 60 is less than 1.85. */
  constructor(private readonly per: number) {}

  enter(cell: SlotCell): void {
    this.count += cell.count;
  }

  leave(cell: SlotCell): void {
    this.count -= cell.count;
  }

  value(): number {
    return this.count / this.per;
  }
}

/** How often each value is in the window. */
class SlidingDistinct implements Sliding {
  private readonly counts = new Map<bigint, number>();

  enter({ keys }: SlotCell): void {
    for (const [key, count] of keys ?? NO_KEYS) this.counts.set(key, (this.counts.get(key) ?? 0) + count);
  }

  leave({ keys }: SlotCell): void {
    for (const [key, count] of keys ?? NO_KEYS) {
      const left = (this.counts.get(key) ?? 0) - count;
      if (left === 0) this.counts.delete(key);
      else this.counts.set(key, left);
    }
  }

  value(): number {
    return this.counts.size;
  }
}

const NO_KEYS: ReadonlyMap<bigint, number> = new Map();

interface Part {
  readonly count: number;
  readonly numbers: Numbers;
}

/**
 * Nothing is subtracted, which would not be exact: two stacks, of which the first has for each of its cells what comes of it and all
 * that leave after it, and the second what comes of all its cells. When the first is empty, the second becomes it.
 */
class SlidingNumbers implements Sliding {
  private leaving: Part[] = [];
  private entered: Part[] = [];
  private back: Part | undefined;

  constructor(private readonly measure: (numbers: Numbers, count: number) => number) {}

  enter({ count, numbers }: SlotCell): void {
    if (numbers === undefined) throw new Error('a cell without numbers');
    const part = { count, numbers };
    this.entered.push(part);
    this.back = this.back === undefined ? part : joined(this.back, part);
  }

  leave(): void {
    if (this.leaving.length === 0) {
      let all: Part | undefined;
      for (const part of this.entered.toReversed()) {
        all = all === undefined ? part : joined(part, all);
        this.leaving.push(all);
      }
      this.entered = [];
      this.back = undefined;
    }
    this.leaving.pop();
  }

  value(): number {
    const front = this.leaving.at(-1);
    const all = front === undefined ? this.back : this.back === undefined ? front : joined(front, this.back);
    return all === undefined ? Number.NaN : this.measure(all.numbers, all.count);
  }
}

function joined(a: Part, b: Part): Part {
  const numbers = { ...a.numbers };
  addNumbers(numbers, b.numbers);
  return { count: a.count + b.count, numbers };
}

/** Linear between the two nearest values. A tree of counts (Fenwick) over all values that will be there finds the n-th in few steps. */
class SlidingQuantile implements Sliding {
  private readonly values: Float64Array;
  private readonly places: ReadonlyMap<number, number>;
  private readonly tree: Float64Array;
  private total = 0;

  constructor(
    private readonly quantile: number,
    private readonly scale: number,
    cells: readonly SlotCell[],
  ) {
    const all = new Set<number>();
    for (const { values = [] } of cells) for (let n = 0; n < values.length; n += 2) all.add(values[n]!);
    this.values = Float64Array.from(all).sort();
    this.places = new Map(Array.from(this.values, (value, n) => [value, n]));
    this.tree = new Float64Array(all.size + 1);
  }

  enter({ values = [] }: SlotCell): void {
    for (let n = 0; n < values.length; n += 2) this.add(values[n]!, values[n + 1]!);
  }

  leave({ values = [] }: SlotCell): void {
    for (let n = 0; n < values.length; n += 2) this.add(values[n]!, -values[n + 1]!);
  }

  value(): number {
    const place = this.quantile * (this.total - 1);
    const below = Math.floor(place);
    const [low, high] = [this.nth(below), this.nth(Math.min(below + 1, this.total - 1))];
    return (low + (high - low) * (place - below)) / this.scale;
  }

  private add(value: number, count: number): void {
    this.total += count;
    for (let n = this.places.get(value)! + 1; n < this.tree.length; n += n & -n)
      this.tree[n] = this.tree[n]! + count;
  }

  /** From 0, in ascending order. */
  private nth(rank: number): number {
    let place = 0;
    let left = rank;
    for (let size = 2 ** Math.floor(Math.log2(this.tree.length)); size >= 1; size /= 2) {
      const next = place + size;
      if (next >= this.tree.length || this.tree[next]! > left) continue;
      place = next;
      left -= this.tree[next]!;
    }
    return this.values[place]!;
  }
}
