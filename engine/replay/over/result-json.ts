import { clauseNameAt } from '../../language/words/clause-name.js';
import type { NamedValue } from '../../otlp/named-value.js';
import type { JudgedWindowRule } from '../../verdicts/judged-rule.js';
import type { WindowViolation } from '../../verdicts/window-violation.js';
import { type ClauseJson, clausesJson } from '../clause-json.js';
import { type RuleProblemJson, ruleProblemJson } from '../rule-problem-json.js';
import { type SinceJson, sinceJson } from '../since-json.js';
import { type HistogramJson, histogramJson, timeText } from '../time-json.js';

/** A rule over many traces in the JSON of a replay. Times as there. */
export interface OverRuleJson {
  readonly id: string;
  readonly revision: string;
  readonly severity: string;
  readonly summary: string | null;
  readonly owner: string | null;
  readonly controls: readonly string[];
  readonly windowSeconds: number;
  /** From the start of one window to that of the next; less than `windowSeconds` where windows overlap. */
  readonly everySeconds: number;
  /** The windows that were judged. */
  readonly windows: { readonly count: number; readonly from: string | null; readonly to: string | null };
  /** Windows that were not judged: `count` has all of them, `runs` those that follow each other, at most 100. */
  readonly windowsNotJudged: { readonly count: number; readonly runs: readonly UnjudgedJson[] };
  readonly series: number;
  /** Cases are the windows of each series. */
  readonly applicable: number;
  readonly passed: number;
  /** Cases of a rule none of whose clauses could have failed for want of data: they have not passed. */
  readonly vacuous: number;
  /** Whether each clause could have failed; none where the rule was not judged. */
  readonly clauses: readonly ClauseJson[];
  readonly violated: number;
  /** Starts of windows. */
  readonly first: string | null;
  readonly last: string | null;
  /** Since when it is violated as often as it is; null where there is no case. */
  readonly since: SinceJson | null;
  readonly histogram: readonly HistogramJson[];
  /** The earliest, up to the run's limit. */
  readonly violations: readonly OverViolationJson[];
  readonly violationsLeftOut: number;
  /** Why the rule was not judged; null for one that was. */
  readonly problem: RuleProblemJson | null;
}

interface UnjudgedJson {
  /** `range`: the range of the replay holds only a part of each; `series`: each has more series than a window may have. */
  readonly reason: 'range' | 'series';
  readonly count: number;
  /** Start of the first, end of the last. */
  readonly from: string;
  readonly to: string;
}

/** Runs of windows that are listed. */
const MOST_RUNS = 100;

interface OverViolationJson {
  readonly id: string;
  readonly window: { readonly from: string; readonly to: string };
  /** The labels of the series, in the order of `by`. */
  readonly labels: readonly { readonly name: string; readonly value: unknown }[];
  readonly clause: string;
  readonly clauseText: string;
  /** What was compared; null where JSON has no such number. */
  readonly value: number | null;
  /** Some of the traces that the value came from. */
  readonly traces: readonly string[];
}

export function overRuleJson(found: JudgedWindowRule, bucketNs: bigint): OverRuleJson {
  const { rule, windows, unjudged, series, applicable, passed, vacuous, violated } = found;
  const { first, last, buckets, violations } = found;
  const { severity, summary, owner, evidence } = rule.settings;
  return {
    id: rule.id,
    revision: rule.revision,
    severity,
    summary: summary ?? null,
    owner: owner ?? null,
    controls: evidence,
    windowSeconds: secondsOf(rule.window),
    everySeconds: secondsOf(rule.every),
    windows: { count: windows.count, from: timeOrNull(windows.fromNs), to: timeOrNull(windows.toNs) },
    windowsNotJudged: {
      count: unjudged.reduce((sum, { count }) => sum + count, 0),
      runs: unjudged.slice(0, MOST_RUNS).map(({ reason, count, fromNs, toNs }) => ({
        reason,
        count,
        from: timeText(fromNs),
        to: timeText(toNs),
      })),
    },
    series,
    applicable,
    passed,
    vacuous,
    violated,
    clauses: clausesJson(rule, found.clauses),
    first: timeOrNull(first),
    last: timeOrNull(last),
    since: sinceJson(buckets, bucketNs),
    histogram: buckets.map(histogramJson),
    violations: violations.map((violation) => overViolationJson(found, violation)),
    violationsLeftOut: violated - violations.length,
    problem: ruleProblemJson(found.problem),
  };
}

function secondsOf(ns: string): number {
  return Number(BigInt(ns) / 1_000_000n) / 1000;
}

export function overViolationJson(found: JudgedWindowRule, violation: WindowViolation): OverViolationJson {
  const { id, fromNs, toNs, labels, clause, value, traces } = violation;
  return {
    id,
    window: { from: timeText(fromNs), to: timeText(toNs) },
    labels: labels.map(({ name, value }) => ({ name, value: plain(value) })),
    clause: clauseNameAt(found.rule, clause),
    clauseText: found.rule.clauses[clause]?.text ?? '',
    value: Number.isFinite(value) ? value : null,
    traces,
  };
}

/** JSON has no integers beyond 2^53: those stay text. */
function plain(value: NamedValue['value']): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'bigint') return value;
  return Number.isSafeInteger(Number(value)) ? Number(value) : value.toString();
}

function timeOrNull(ns: bigint | undefined): string | null {
  return ns === undefined ? null : timeText(ns);
}
