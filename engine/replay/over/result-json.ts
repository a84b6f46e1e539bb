import type { NamedValue } from '../../query/search-result.js';
import { type ClauseJson, clausesJson } from '../clause-json.js';
import { type RuleProblemJson, ruleProblemJson } from '../rule-problem-json.js';
import { type HistogramJson, histogramJson, timeText } from '../time-json.js';
import type { OverRuleResult, OverViolation } from './result.js';

/** A rule over many traces in the JSON of a replay. Times as there. */
export interface OverRuleJson {
  readonly id: string;
  readonly revision: string;
  readonly severity: string;
  readonly summary: string | null;
  readonly owner: string | null;
  readonly controls: readonly string[];
  readonly windowSeconds: number;
  /** The windows that were judged; one that the range covers in part is not. */
  readonly windows: { readonly count: number; readonly from: string | null; readonly to: string | null };
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
  readonly histogram: readonly HistogramJson[];
  /** The earliest, up to the run's limit. */
  readonly violations: readonly OverViolationJson[];
  readonly violationsLeftOut: number;
  /** Why the rule was not judged; null for one that was. */
  readonly problem: RuleProblemJson | null;
}

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

export function overRuleJson(found: OverRuleResult): OverRuleJson {
  const { rule, windows, series, applicable, passed, vacuous, violated, first, last, buckets, violations } =
    found;
  const { severity, summary, owner, evidence } = rule.settings;
  return {
    ...{ id: rule.id, revision: rule.revision, severity, summary: summary ?? null, owner: owner ?? null },
    controls: evidence,
    windowSeconds: Number(BigInt(rule.window) / 1_000_000n) / 1000,
    windows: { count: windows.count, from: timeOrNull(windows.fromNs), to: timeOrNull(windows.toNs) },
    ...{ series, applicable, passed, vacuous, violated },
    clauses: clausesJson(rule, found.clauses),
    first: timeOrNull(first),
    last: timeOrNull(last),
    histogram: buckets.map(histogramJson),
    violations: violations.map((violation) => overViolationJson(found, violation)),
    violationsLeftOut: violated - violations.length,
    problem: ruleProblemJson(found.problem),
  };
}

/** `always#1`: the first `always` of the rule. */
export function overClauseName({ rule }: OverRuleResult, clause: number): string {
  const { keyword, index } = rule.clauses[clause] ?? { keyword: 'clause', index: clause };
  return `${keyword}#${index}`;
}

export function overViolationJson(found: OverRuleResult, violation: OverViolation): OverViolationJson {
  const { id, fromNs, toNs, labels, clause, value, traces } = violation;
  return {
    id,
    window: { from: timeText(fromNs), to: timeText(toNs) },
    labels: labels.map(({ name, value }) => ({ name, value: plain(value) })),
    clause: overClauseName(found, clause),
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
