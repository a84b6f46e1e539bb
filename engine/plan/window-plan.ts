import type { NumberComparison } from '../language/tree/ast-query.js';
import type { RuleSettings } from '../language/words/settings.js';
import type { MetricsPlan, SeriesPlan } from './metrics-plan.js';
import type { WindowNeeds } from './vacuity/needs.js';

/**
 * What the rules over many traces of a run do, as plain JSON but for settings in nanoseconds. As with other rules, they
 * share one pass over the spans: `selections` holds each selection of all of them once.
 *
 * **Meaning.** A window is `window` nanoseconds long, and one starts each `every` nanoseconds, at the multiples of it since the Unix epoch;
 * a window holds its start and not its end, and a span counts where it starts. In every window each selection gives one value a series
 * (`rate()` is per second), and a clause is judged for each series by itself:
 *
 * - A series is known by the labels that are written in `by` (and the bucket of a histogram), in whatever order. Two that a calculation
 *   joins have the same labels, or one has all labels of the other, and more.
 * - Counts and rates have the value 0 in every window for each series that `when` or any clause of the rule, grouped by the same
 *   labels, has seen in the run; without `by`, the one series is there even if nothing was ever seen, so that
 *   `always { name = "heartbeat" } | rate() > 0` notices when there is none. Any other function has no value where there is no number,
 *   and what is calculated with no value has none.
 * - A quantile is exact: interpolated linearly between the two nearest values, as `quantile(…)` in rules of one trace.
 * - Everything that is a duration is in seconds.
 * - A series that has no value for any clause in a window is not applicable there.
 * - With `when`, a series is judged in a window only where the series of `when` satisfies it that has the labels of `when` in common with
 *   it; a `when` without labels is about all series.
 * - A series in a window is one case and violated at most once: the first clause that does not hold is named. Clauses that are
 *   grouped by other fields have cases of their own.
 * - `always` is violated where the comparison does not hold, `never` where it does. The value that was compared, the
 *   labels and the window are the evidence, and some traces that the value came from.
 * - A window that the run covers only in part, or that has too many series, is not judged.
 */
export interface WindowPlan extends Pick<MetricsPlan, 'predicates' | 'selections' | 'needs'> {
  readonly version: 1;
  readonly rules: readonly WindowRulePlan[];
}

export interface WindowRulePlan {
  readonly id: string;
  /** First 16 hex digits of a hash over the rule's meaning, as of other rules. */
  readonly revision: string;
  readonly settings: RuleSettings;
  /** Nanoseconds, decimal text; at least a second. */
  readonly window: string;
  /** From the start of a window to that of the next, as `window`, which is a multiple of it. */
  readonly every: string;
  readonly when?: WindowTestPlan;
  readonly clauses: readonly WindowClausePlan[];
  /** What the clauses need of the data in order to fail. */
  readonly needs: WindowNeeds;
}

export interface WindowClausePlan {
  readonly keyword: 'always' | 'never';
  /** The n-th clause of its keyword, from 1. */
  readonly index: number;
  /** Canonical, with its keyword. */
  readonly text: string;
  readonly test: WindowTestPlan;
}

export interface WindowTestPlan {
  readonly series: SeriesPlan;
  readonly operator: NumberComparison;
  /** Seconds where a duration was written. */
  readonly value: number;
  /** Of `by (…)`; empty for one series. Of a calculation, those of the side that has more. */
  readonly labels: readonly string[];
  /** Canonical: `{ status = error } | rate() < 0.5`. */
  readonly text: string;
}
