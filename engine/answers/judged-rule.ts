/** What the JSON of a replay says of a rule of any kind. */
import type { DifferencesJson } from './differences.js';

export interface JudgedJson {
  readonly id: string;
  readonly revision: string;
  readonly severity: string;
  readonly summary: string | null;
  readonly owner: string | null;
  /** The controls that the rule is evidence for. */
  readonly controls: readonly string[];
  readonly applicable: number;
  readonly passed: number;
  /** Cases of a rule none of whose clauses could have failed for want of data: they have not passed. */
  readonly vacuous: number;
  readonly violated: number;
  /** Whether each clause could have failed; none where the rule was not judged. */
  readonly clauses: readonly ClauseJson[];
  /** Of the first and the last violation. */
  readonly first: string | null;
  readonly last: string | null;
  /** Since when it is violated as often as it is; null where no case could be decided. */
  readonly since: SinceJson | null;
  /** What is different about the cases that violate it; null where nobody asked, or there was nothing to compare. */
  readonly differences: DifferencesJson | null;
  /** Ascending; buckets in which the rule never applied are left out. */
  readonly histogram: readonly HistogramJson[];
  /** How many more there are than `violations` lists. */
  readonly violationsLeftOut: number;
  /** Why the rule was not judged to the end: the rest is of what was judged before. Null for a rule that was. */
  readonly problem: RuleProblemJson | null;
}

export interface HistogramJson {
  readonly start: string;
  readonly applicable: number;
  readonly violated: number;
  readonly cannotTell: number;
}

export interface ClauseJson {
  /** `always#1` */
  readonly clause: string;
  readonly text: string;
  /** It could not have failed for want of data; what `idle = true` accepts is reported all the same. */
  readonly vacuous: boolean;
  /** Of a vacuous clause: the attributes that it needs and no span of the run carries. */
  readonly missing: readonly string[];
  /** The patterns that it needs in order to fail and that matched no span of the run. */
  readonly unmatched: readonly string[];
}

/** The share of violated cases over time: one part where no change was found. */
export interface SinceJson {
  readonly parts: readonly {
    readonly from: string;
    readonly to: string;
    /** Cases that could be decided, up to the first that is undecided. */
    readonly applicable: number;
    readonly violated: number;
  }[];
  /** Each between two parts: most likely at `at`, with 95 % certainty not before `earliest` nor after `latest`. */
  readonly changes: readonly { readonly earliest: string; readonly at: string; readonly latest: string }[];
}

/** What keeps a rule from being judged, in the JSON of a replay. */
export interface RuleProblemJson {
  readonly code: string;
  readonly reason: string;
}
