import { selectionsOf } from '../../language/check/queries/metrics.js';
import type { ResolvedWindowRule } from '../../language/link/resolved.js';
import { printField } from '../../language/print/print-field.js';
import type { ViolationLabel, ViolationMetrics } from '../../language/tree/ast-query.js';

/** How the violated windows of a rule over many traces are counted that is asked for by its text: by all of its labels and the clause. */
export function violatedWindows({ item, expanded }: ResolvedWindowRule): ViolationMetrics {
  const by = new Map<string, ViolationLabel>();
  for (const { test } of expanded.clauses)
    for (const { function: fn } of selectionsOf(test.series))
      if ('by' in fn) for (const field of fn.by) by.set(printField(field), field);
  const { range } = item;
  return {
    kind: 'count_over_time',
    by: [...by.values(), { kind: 'fact', name: 'clause', range }],
    steps: [],
    range,
  };
}
