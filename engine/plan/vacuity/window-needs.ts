import type { Expression } from '../expression.js';
import type { FunctionPlan, NumberPlan, SelectionPlan, SeriesPlan } from '../metrics-plan.js';
import type { WindowClausePlan } from '../window-plan.js';
import { carriedNeed } from './expression-need.js';
import { allOf, anyOf, type Need } from './need.js';
import type { ClauseNeeds, WindowNeeds } from './needs.js';
import { patternNeeds } from './pattern-need.js';
import { ANY, between, calculated, NONE, outcomesOf, type Values } from './range.js';
import { type Source, subsetNeed } from './subsets.js';

/** What the clauses of a rule over many traces need: that what they count and measure can be there. */
export function windowNeedsOf(
  clauses: readonly WindowClausePlan[],
  selections: readonly SelectionPlan[],
  predicates: readonly Expression[],
): WindowNeeds {
  const patterns: { readonly text: string; readonly selection: number }[] = [];
  const numberOf = (selection: number): number => {
    const known = patterns.findIndex((pattern) => pattern.selection === selection);
    if (known !== -1) return known;
    return patterns.push({ text: selections[selection]?.pattern.text ?? '', selection }) - 1;
  };
  const needOf = (selectionIndex: number): Need => {
    const selection = selections[selectionIndex];
    const matched: Need = { kind: 'matched', pattern: numberOf(selectionIndex) };
    if (selection === undefined) return matched;
    const { spans } = patternNeeds(selection.pattern, predicates);
    const labels = selection.by.map(({ field }) => carriedNeed(field));
    return allOf([anyOf([matched, allOf([spans, ...labels])]), ...measured(selection.function)]);
  };
  const needs = clauses.map(({ keyword, test }): ClauseNeeds => {
    const used = [...new Set(selectionsIn(test.series))];
    const sources = new Map<number, Source>(
      used.map((selection) => [selection, { need: needOf(selection) }]),
    );
    const need = subsetNeed([...sources.values()], (there) => {
      const values = seriesValues(test.series, (selection) => {
        const source = sources.get(selection);
        const isThere = source === undefined || there(source);
        if (isCount(selections[selection]?.function)) return isThere ? ANY_COUNT : NO_COUNT;
        return isThere ? ANY : NONE;
      });
      return outcomesOf(test.operator, values, between(test.value, test.value)).has(keyword === 'never');
    });
    return { need, patterns: used.map(numberOf) };
  });
  return { clauses: needs, patterns };
}

const ANY_COUNT = between(0, Number.POSITIVE_INFINITY);
const NO_COUNT = between(0, 0);

/** Counts and rates of nothing are 0. */
function isCount(called: FunctionPlan | undefined): boolean {
  return (
    called?.kind === 'rate' || called?.kind === 'count_over_time' || called?.kind === 'distinct_over_time'
  );
}

function measured(called: FunctionPlan): readonly Need[] {
  switch (called.kind) {
    case 'rate':
    case 'count_over_time':
    case 'compare':
      return [];
    case 'min_over_time':
    case 'max_over_time':
    case 'avg_over_time':
    case 'sum_over_time':
    case 'distinct_over_time':
    case 'histogram_over_time':
    case 'quantile_over_time':
      return [carriedNeed(called.value.field)];
  }
}

function selectionsIn(series: SeriesPlan | NumberPlan): readonly number[] {
  switch (series.kind) {
    case 'number':
      return [];
    case 'selection':
      return [series.selection];
    case 'operation':
      return [...selectionsIn(series.left), ...selectionsIn(series.right)];
  }
}

/** Steps leave series out, and change none. */
function seriesValues(series: SeriesPlan | NumberPlan, valuesOf: (selection: number) => Values): Values {
  switch (series.kind) {
    case 'number':
      return between(series.value, series.value);
    case 'selection':
      return valuesOf(series.selection);
    case 'operation':
      return calculated(
        series.operator,
        seriesValues(series.left, valuesOf),
        seriesValues(series.right, valuesOf),
      );
  }
}
