import type { WindowRuleJson, WindowViolationJson } from '../../answers/replay.js';
import { clauseNameAt } from '../../language/words/clause-name.js';
import type { NamedValue } from '../../otlp/named-value.js';
import type { JudgedWindowRule } from '../../verdicts/judged-rule.js';
import type { JudgedRun } from '../../verdicts/rule-histories.js';
import type { WindowViolation } from '../../verdicts/window-violation.js';
import { judgedJson } from '../judged-json.js';
import { timeOrNull, timeText } from '../time-json.js';

/** Runs of windows that are listed. */
const MOST_RUNS = 100;

export function windowRuleJson(found: JudgedWindowRule, run: JudgedRun): WindowRuleJson {
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
    violations: found.violations.map((violation) => windowViolationJson(found, violation)),
    violationsLeftOut,
    problem,
  };
}

function secondsOf(ns: string): number {
  return Number(BigInt(ns) / 1_000_000n) / 1000;
}

export function windowViolationJson(
  found: JudgedWindowRule,
  violation: WindowViolation,
): WindowViolationJson {
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
