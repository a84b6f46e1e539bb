import { calculateFloats } from '../../language/tree/fold-number.js';
import type { NamedValue } from '../../otlp/named-value.js';
import type { SeriesPlan } from '../../plan/metrics-plan.js';
import { labelKey, NAME_LABEL, type Points } from './series.js';

type SeriesOperator = Extract<SeriesPlan, { kind: 'operation' }>['operator'];

/** A series side by side with a number, point for point. */
export function withNumber(
  operator: SeriesOperator,
  points: readonly Points[],
  number: number,
  numberOnLeft: boolean,
): readonly Points[] {
  return points.map((point) => ({
    ...point,
    values: point.values.map((value) =>
      numberOnLeft ? calculateFloats(operator, number, value) : calculateFloats(operator, value, number),
    ),
  }));
}

/**
 * Series of equal labels, point for point; those without a partner are dropped. A side that is one series without labels (its `__name__` apart) is paired with every series of the other. Two such sides get a combined name. As in Tempo
 * (`pkg/traceql/ast_metrics_math.go`).
 */
export function betweenSeries(
  operator: SeriesOperator,
  left: readonly Points[],
  right: readonly Points[],
): readonly Points[] {
  const [lefts, rights] = [byLabels(left), byLabels(right)];
  const keys = rights.has(UNLABELLED)
    ? lefts.keys()
    : lefts.has(UNLABELLED)
      ? rights.keys()
      : new Set([...rights.keys(), ...lefts.keys()]);
  return [...keys].flatMap((key) => {
    const l = lefts.get(key) ?? lefts.get(UNLABELLED);
    const r = rights.get(key) ?? rights.get(UNLABELLED);
    if (l === undefined || r === undefined) return [];
    // The exemplars of a side that is paired with many series would be repeated for each.
    const shared = lefts.has(key) === rights.has(key);
    const exemplars = shared ? [...l.exemplars, ...r.exemplars] : (lefts.has(key) ? l : r).exemplars;
    const values = l.values.map((value, n) => calculateFloats(operator, value, r.values[n] ?? Number.NaN));
    return [{ labels: joinedLabels(operator, l.labels, r.labels), values, exemplars }];
  });
}

const UNLABELLED = labelKey([]);

function byLabels(points: readonly Points[]): ReadonlyMap<string, Points> {
  return new Map(points.map((point) => [labelKey(withoutName(point.labels)), point]));
}

function withoutName(labels: readonly NamedValue[]): readonly NamedValue[] {
  return labels.filter(({ name }) => name !== NAME_LABEL);
}

function joinedLabels(
  operator: SeriesOperator,
  left: readonly NamedValue[],
  right: readonly NamedValue[],
): readonly NamedValue[] {
  const known = new Set(left.map(({ name }) => name));
  const others = [...withoutName(left), ...withoutName(right).filter(({ name }) => !known.has(name))];
  const [l, r] = [left, right].map((labels) => labels.find(({ name }) => name === NAME_LABEL)?.value);
  const named = typeof l === 'string' && typeof r === 'string';
  return named ? [...others, { name: NAME_LABEL, value: `(${l} ${operator} ${r})` }] : others;
}
