import type { PartialPoint } from '../../sql/duckdb/metrics.js';
import { goDuration } from '../go-duration.js';
import type { ResultValue } from '../search-result.js';
import { tooManySeries } from './limits.js';
import { labelKey } from './series.js';

/** What is known of one group in one interval. */
export interface Cell {
  count: number;
  numbers?: Numbers;
  /** Counts by the exponent of the bucket. */
  readonly powers: Map<number, number>;
}

interface Numbers {
  /** Of whole numbers, exactly. */
  wholeSum: bigint;
  sum: number;
  /** What rounding took from `sum`. */
  lost: number;
  least: number;
  greatest: number;
}

export interface GroupCells {
  /** The values of the fields that spans are grouped by; null where they have none. */
  readonly group: readonly ResultValue[];
  readonly cells: ReadonlyMap<number, Cell>;
}

/** Adds up what the units of a run counted. */
export class Partials {
  private readonly groups = new Map<string, { group: GroupCells['group']; cells: Map<number, Cell> }>();

  /** `limit`: groups there may be. `durations`: which of the fields are nanoseconds. */
  constructor(
    private readonly limit: number,
    private readonly durations: readonly boolean[],
  ) {}

  get all(): readonly GroupCells[] {
    return [...this.groups.values()];
  }

  /** Throws a `QueryError` when there are more groups than allowed. */
  add(point: PartialPoint): void {
    const group = shownGroup(point.group, this.durations);
    const key = groupKey(group);
    let known = this.groups.get(key);
    if (known === undefined) {
      if (this.groups.size >= this.limit) throw tooManySeries(this.limit);
      known = { group, cells: new Map() };
      this.groups.set(key, known);
    }
    let cell = known.cells.get(point.interval);
    if (cell === undefined) {
      cell = { count: 0, powers: new Map() };
      known.cells.set(point.interval, cell);
    }
    addTo(cell, point);
  }
}

/** Text that tells groups apart. */
export function groupKey(group: readonly ResultValue[]): string {
  return labelKey(group.map((value) => ({ name: '', value })));
}

/** Durations are text in labels, as Go writes them. */
export function shownGroup(
  group: PartialPoint['group'],
  durations: readonly boolean[],
): readonly ResultValue[] {
  return group.map((value, n) =>
    durations[n] && typeof value === 'bigint' ? goDuration(value) : (value ?? null),
  );
}

function addTo(cell: Cell, { count, numbers, power }: PartialPoint): void {
  cell.count += count;
  if (power !== undefined) cell.powers.set(power, (cell.powers.get(power) ?? 0) + count);
  if (numbers === undefined) return;
  if (cell.numbers === undefined) {
    cell.numbers = { ...numbers, lost: 0 };
    return;
  }
  const sums = cell.numbers;
  sums.wholeSum += numbers.wholeSum;
  addExactly(sums, numbers.sum);
  sums.least = Math.min(sums.least, numbers.least);
  sums.greatest = Math.max(sums.greatest, numbers.greatest);
}

/** Neumaier's sum: the order in which units come does not change the result by more than the last digit. */
function addExactly(sums: Numbers, value: number): void {
  const sum = sums.sum + value;
  if (Number.isFinite(sum))
    sums.lost += Math.abs(sums.sum) >= Math.abs(value) ? sums.sum - sum + value : value - sum + sums.sum;
  sums.sum = sum;
}
