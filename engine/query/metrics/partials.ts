import type { ResultValue } from '../../otlp/named-value.js';
import type { PartialPoint } from '../../sql/compile/metrics/metrics.js';
import { goDuration } from '../go-duration.js';
import { QueryError } from '../query-error.js';
import { compareValues, labelKey } from './series.js';

/** What is known of one group in one interval. */
export interface Cell {
  count: number;
  numbers?: Numbers;
  /** Counts by the exponent of the bucket. */
  readonly powers: Map<number, number>;
  /** Of the values that differ. */
  keys?: Set<bigint>;
}

export interface Numbers {
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

/**
 * Adds up what the units of a run counted. Where there are more groups than the limit the first by their values are kept; each is whole,
 * whatever the order in which points come, as a group that had to go is never among the first again.
 */
export class Partials {
  private readonly groups = new Map<string, { group: GroupCells['group']; cells: Map<number, Cell> }>();
  /** The last of the groups that are kept, once some had to go: those behind it are not taken up. */
  private last: GroupCells['group'] | undefined;
  private keys = 0;

  /** `limit`: groups that are kept. `durations`: which of the fields are nanoseconds. */
  constructor(
    private readonly limit: number,
    private readonly durations: readonly boolean[],
  ) {}

  /** Whether there were more groups than the limit. */
  get cut(): boolean {
    return this.last !== undefined || this.groups.size > this.limit;
  }

  /** In the order of their values. */
  get all(): readonly GroupCells[] {
    return this.ordered().slice(0, this.limit);
  }

  add({ group, interval, count, numbers, power, key }: PartialPoint): void {
    const cell = this.cellOf(shownGroup(group, this.durations), interval);
    if (cell === undefined) return;
    addTo(cell, count, numbers && { ...numbers, lost: 0 });
    if (power !== undefined) addPower(cell, power, count);
    if (key !== undefined) this.addKey(cell, key);
  }

  addAll(others: Partials): void {
    for (const { group, cells } of others.groups.values())
      for (const [interval, { count, numbers, powers, keys }] of cells) {
        const cell = this.cellOf(group, interval);
        if (cell === undefined) break;
        addTo(cell, count, numbers);
        for (const [power, ofPower] of powers) addPower(cell, power, ofPower);
        for (const key of keys ?? []) this.addKey(cell, key);
      }
    if (others.last !== undefined) this.dropBehind(others.last);
  }

  private addKey(cell: Cell, key: bigint): void {
    cell.keys ??= new Set();
    const before = cell.keys.size;
    cell.keys.add(key);
    this.keys += cell.keys.size - before;
    if (this.keys > MAX_KEYS)
      throw new QueryError('BT3003', `there are more than ${MAX_KEYS} different values to keep apart`);
  }

  private cellOf(group: GroupCells['group'], interval: number): Cell | undefined {
    const key = groupKey(group);
    let known = this.groups.get(key);
    if (known === undefined) {
      if (this.last !== undefined && compareGroups(group, this.last) > 0) return undefined;
      known = { group, cells: new Map() };
      this.groups.set(key, known);
      // Now and then, as each time sorts them all.
      if (this.groups.size > this.limit * SLACK) this.dropBehind(this.ordered()[this.limit - 1]!.group);
    }
    let cell = known.cells.get(interval);
    if (cell === undefined) {
      cell = { count: 0, powers: new Map() };
      known.cells.set(interval, cell);
    }
    return cell;
  }

  private dropBehind(last: GroupCells['group']): void {
    if (this.last !== undefined && compareGroups(last, this.last) >= 0) return;
    this.last = last;
    for (const [key, { group }] of this.groups) if (compareGroups(group, last) > 0) this.groups.delete(key);
  }

  private ordered(): readonly GroupCells[] {
    return [...this.groups.values()].sort((a, b) => compareGroups(a.group, b.group));
  }
}

/** Different values, in all groups and intervals together: what bounds memory. */
const MAX_KEYS = 5_000_000;

/** So many times the limit there may be groups before those that are too many go. */
const SLACK = 1.25;

function compareGroups(a: GroupCells['group'], b: GroupCells['group']): number {
  for (const [n, value] of a.entries()) {
    const order = compareValues(value, b[n] ?? null);
    if (order !== 0) return order;
  }
  return 0;
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

function addPower({ powers }: Cell, power: number, count: number): void {
  powers.set(power, (powers.get(power) ?? 0) + count);
}

function addTo(cell: Cell, count: number, numbers: Readonly<Numbers> | undefined): void {
  cell.count += count;
  if (numbers === undefined) return;
  if (cell.numbers === undefined) cell.numbers = { ...numbers };
  else addNumbers(cell.numbers, numbers);
}

export function addNumbers(sums: Numbers, { wholeSum, sum, lost, least, greatest }: Readonly<Numbers>): void {
  sums.wholeSum += wholeSum;
  addExactly(sums, sum);
  sums.lost += lost;
  sums.least = Math.min(sums.least, least);
  sums.greatest = Math.max(sums.greatest, greatest);
}

/** Neumaier's sum: the order in which units come does not change the result by more than the last digit. */
function addExactly(sums: Numbers, value: number): void {
  const sum = sums.sum + value;
  if (Number.isFinite(sum))
    sums.lost += Math.abs(sums.sum) >= Math.abs(value) ? sums.sum - sum + value : value - sum + sums.sum;
  sums.sum = sum;
}
