import type { NumberComparison } from '../language/ast-query.js';
import type { RuleSettings } from '../language/settings.js';
import type { MetricsPlan, SeriesPlan } from './metrics-plan.js';
import type { OverNeeds } from './vacuity/over-needs.js';

/**
 * What the rules over many traces of a run do, as plain JSON but for settings in nanoseconds. As with other rules, they
 * share one pass over the spans: `selections` holds each selection of all of them once.
 *
 * **Meaning.** Time is cut into windows of `window` nanoseconds, multiples of it since the Unix epoch; a span counts in the
 * window that holds its start; like the intervals of metrics, a window holds its end and not its start. In every window each selection gives one value a series, as an instant query of that
 * window would (so `rate()` is per second), and a clause is judged for each series by itself:
 *
 * - A series that has no value in a window is not applicable there. Counts and rates have the value 0 in every window of
 *   the run once their series was seen in it; without `by`, the one series is there even if nothing was ever seen, so
 *   that `always { name = "heartbeat" } | rate() > 0` notices when there is none.
 * - In a calculation, a count or rate that one side lacks is 0 where the other side has the series. Another value has none.
 * - With `when`, a series is judged in a window only where the series of `when` with the same labels satisfies it; a
 *   `when` without labels is about all series.
 * - A series in a window is one case and violated at most once: the first clause that does not hold is named.
 * - `always` is violated where the comparison does not hold, `never` where it does. The value that was compared, the
 *   labels and the window are the evidence, and the exemplars of the series, if there are any.
 * - A window that the run covers only in part is not judged.
 */
export interface OverPlan extends Pick<MetricsPlan, 'predicates' | 'selections' | 'needs'> {
  readonly version: 1;
  readonly rules: readonly OverRulePlan[];
}

export interface OverRulePlan {
  readonly id: string;
  /** First 16 hex digits of a hash over the rule's meaning, as of other rules. */
  readonly revision: string;
  readonly settings: RuleSettings;
  /** Nanoseconds, decimal text; at least a second. */
  readonly window: string;
  readonly when?: OverTestPlan;
  readonly clauses: readonly OverClausePlan[];
  /** What the clauses need of the data in order to fail. */
  readonly needs: OverNeeds;
}

export interface OverClausePlan {
  readonly keyword: 'always' | 'never';
  /** The n-th clause of its keyword, from 1. */
  readonly index: number;
  /** Canonical, with its keyword. */
  readonly text: string;
  readonly test: OverTestPlan;
}

export interface OverTestPlan {
  readonly series: SeriesPlan;
  readonly operator: NumberComparison;
  /** Seconds where a duration was written. */
  readonly value: number;
  /** Of `by (…)`; empty for one series. Where one side of a calculation has none, those of the other. */
  readonly labels: readonly string[];
  /** Canonical: `{ status = error } | rate() < 0.5`. */
  readonly text: string;
}
