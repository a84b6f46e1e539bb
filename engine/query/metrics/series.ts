import type { NamedValue, ResultValue } from '../../otlp/named-value.js';
import type { Exemplar, Series } from '../metrics-result.js';
import { type Grid, stampOf } from './grid.js';

/** A series while it is worked on: one value for each interval of the grid, NaN for "none". */
export interface Points {
  readonly labels: readonly NamedValue[];
  readonly values: Float64Array;
  readonly exemplars: readonly PointExemplar[];
}

export interface PointExemplar extends Exemplar {
  /** Of the point that it is an example of. */
  readonly interval: number;
}

export const NAME_LABEL = '__name__';

/** Text that is equal for equal labels and for no others: `1` and `1.0` differ. */
export function labelKey(labels: readonly NamedValue[]): string {
  return JSON.stringify(labels.map(({ name, value }) => [name, typed(value)]));
}

function typed(value: ResultValue): unknown {
  if (Array.isArray(value)) return value.map(typed);
  if (typeof value === 'bigint') return ['i', value.toString()];
  return typeof value === 'number' ? ['d', String(value)] : value;
}

/** In the order of their labels; series without any value are left out. */
export function toSeries(points: readonly Points[], grid: Grid): readonly Series[] {
  return points
    .filter(({ values }) => values.some((value) => !Number.isNaN(value)))
    .toSorted((a, b) => compareLabels(a.labels, b.labels))
    .map(({ labels, values, exemplars }) => ({
      labels,
      samples: [...values].flatMap((value, n) =>
        Number.isNaN(value) ? [] : [{ timeMs: stampOf(grid, n), value }],
      ),
      exemplars: exemplars
        .toSorted((a, b) => a.timeMs - b.timeMs)
        .map(({ interval: _, ...exemplar }) => exemplar),
    }));
}

/** By names and values, label for label; numbers by size. */
function compareLabels(a: readonly NamedValue[], b: readonly NamedValue[]): number {
  for (const [n, left] of a.entries()) {
    const right = b[n];
    if (right === undefined) return 1;
    if (left.name !== right.name) return left.name < right.name ? -1 : 1;
    const order = compareValues(left.value, right.value);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

/** Numbers by size, those that are none (NaN) last; 0 for equal values of one type only. */
export function compareValues(a: ResultValue, b: ResultValue): number {
  if (isNumber(a) && isNumber(b)) {
    const [x, y] = [Number(a), Number(b)];
    if (Number.isNaN(x) !== Number.isNaN(y)) return Number.isNaN(x) ? 1 : -1;
    if (x !== y && !Number.isNaN(x)) return x - y;
  }
  const [left, right] = [JSON.stringify(typed(a)), JSON.stringify(typed(b))];
  return left === right ? 0 : left < right ? -1 : 1;
}

function isNumber(value: ResultValue): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}
