import { clauseNameAt } from '../../language/words/clause-name.js';
import type { NamedValue } from '../../otlp/named-value.js';
import type { JudgedWindowRule } from '../../verdicts/judged-rule.js';
import type { JudgedRun } from '../../verdicts/rule-histories.js';
import type { WindowViolation } from '../../verdicts/window-violation.js';
import { type JudgedJson, judgedJson } from '../judged-json.js';
import { timeOrNull, timeText } from '../time-json.js';

/** A rule over many traces in the JSON of a replay. Its cases are the windows of each series. */
export interface OverRuleJson extends JudgedJson {
  readonly windowSeconds: number;
  /** From the start of one window to that of the next; less than `windowSeconds` where windows overlap. */
  readonly everySeconds: number;
  /** The windows that were judged. */
  readonly windows: { readonly count: number; readonly from: string | null; readonly to: string | null };
  /** Windows that were not judged: `count` has all of them, `runs` those that follow each other, at most 100. */
  readonly windowsNotJudged: { readonly count: number; readonly runs: readonly UnjudgedJson[] };
  readonly series: number;
  /** The earliest, up to the run's limit. */
  readonly violations: readonly OverViolationJson[];
}

interface UnjudgedJson {
  /** `range`: the range of the replay holds only a part of each; `series`: each has more series than a window may have. */
  readonly reason: 'range' | 'series' | 'prior';
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

export function overRuleJson(found: JudgedWindowRule, run: JudgedRun): OverRuleJson {
  const { rule, windows, unjudged } = found;
  const { id, revision, severity, summary, owner, controls, violationsLeftOut, problem, ...counts } =
    judgedJson(found, run);
  return {
    id,
    revision,
    severity,
    summary,
    owner,
    controls,
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
    series: found.series,
    ...counts,
    violations: found.violations.map((violation) => overViolationJson(found, violation)),
    violationsLeftOut,
    problem,
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
