import type { NumberPlan, SelectionPlan, SeriesPlan } from './metrics-plan.js';

/** The labels that distinguish the series of a plan in a rule; undefined for a number, which takes those of the other side. */
export function labelsOf(
  series: SeriesPlan | NumberPlan,
  selections: readonly SelectionPlan[],
): readonly string[] | undefined {
  switch (series.kind) {
    case 'number':
      return undefined;
    case 'selection':
      return selectionLabels(selections[series.selection]!);
    case 'operation': {
      const left = labelsOf(series.left, selections);
      const right = labelsOf(series.right, selections);
      if (left === undefined || right === undefined) return left ?? right;
      // Each series of the side with more labels meets the one that shares those of the other.
      return left.length >= right.length ? left : right;
    }
  }
}

/** Every bucket of a histogram is a series; a quantile adds nothing. */
export function selectionLabels({ by, function: functionPlan }: SelectionPlan): readonly string[] {
  const names = by.map(({ name }) => name);
  return functionPlan.kind === 'histogram_over_time' ? [...names, BUCKET_LABEL] : names;
}

export const BUCKET_LABEL = '__bucket';

/** Whether two lists have the same labels, in whatever order. */
export function sameLabels(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((label) => b.includes(label));
}
