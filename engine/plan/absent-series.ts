import { calculateFloats } from '../language/fold-number.js';
import type { NumberPlan, SelectionPlan, SeriesPlan } from './metrics-plan.js';

/**
 * The same calculation, in which a series that one side lacks counts as what it would be if no span had ever counted in it: in
 * `errors / requests`, whoever has requests and no error has 0. In which series there was an error at some time would else
 * decide where the rule applies at all.
 */
export function withAbsentSeries(series: SeriesPlan, selections: readonly SelectionPlan[]): SeriesPlan {
  if (series.kind === 'selection') return series;
  const [left, right] = [absentValue(series.left, selections), absentValue(series.right, selections)];
  const side = (of: SeriesPlan | NumberPlan) =>
    of.kind === 'number' ? of : withAbsentSeries(of, selections);
  return {
    ...series,
    ...{ left: side(series.left), right: side(series.right) },
    absent: { ...(left === undefined ? {} : { left }), ...(right === undefined ? {} : { right }) },
  };
}

/**
 * Counts and rates of nothing are 0. Undefined where there would be no value, as for the maximum of nothing, and where a step
 * (`topk`, a threshold) may have left the series out on purpose.
 */
function absentValue(
  series: SeriesPlan | NumberPlan,
  selections: readonly SelectionPlan[],
): number | undefined {
  if (series.kind === 'number') return series.value;
  if (series.steps.length > 0) return undefined;
  if (series.kind === 'selection') {
    const kind = selections[series.selection]?.function.kind;
    return kind === 'rate' || kind === 'count_over_time' ? 0 : undefined;
  }
  const [left, right] = [absentValue(series.left, selections), absentValue(series.right, selections)];
  return left === undefined || right === undefined
    ? undefined
    : calculateFloats(series.operator, left, right);
}
