/** What the JSON of a replay says of a rule of any kind. */
import type { JudgedRule } from '../verdicts/judged-rule.js';
import { historyOf, type JudgedRun } from '../verdicts/rule-histories.js';
import { type ClauseJson, clausesJson } from './clause-json.js';
import { type DifferencesJson, differencesJson } from './differences-json.js';
import { type RuleProblemJson, ruleProblemJson } from './rule-problem-json.js';
import { type SinceJson, sinceJson } from './since-json.js';
import { type HistogramJson, histogramJson, timeOrNull } from './time-json.js';

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
  /** Since when it is violated as often as it is; null where no case could be told. */
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

export function judgedJson(found: JudgedRule, run: JudgedRun): JudgedJson {
  const { rule, applicable, passed, vacuous, violated, clauses, first, last, buckets, violations } = found;
  const { severity, summary, owner, evidence } = rule.settings;
  return {
    id: rule.id,
    revision: rule.revision,
    severity,
    summary: summary ?? null,
    owner: owner ?? null,
    controls: evidence,
    applicable,
    passed,
    vacuous,
    violated,
    clauses: clausesJson(rule, clauses),
    first: timeOrNull(first),
    last: timeOrNull(last),
    since: sinceJson(historyOf(found, run)),
    differences: differencesJson(found.differences),
    histogram: buckets.map(histogramJson),
    violationsLeftOut: violated - violations.length,
    problem: ruleProblemJson(found.problem),
  };
}
