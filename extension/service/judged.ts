/** What a replay found, in one shape for rules of every kind: commands need not tell kinds apart. */
import type { JudgedJson } from '../../engine/answers/judged-rule.js';
import {
  type EvidenceJson,
  isWindowRule,
  type ReplayJson,
  type RuleJson,
  rulesIn,
  type ViolationJson,
  type WindowViolationJson,
} from '../../engine/answers/replay.js';

export interface JudgedRule extends JudgedJson {
  readonly cannotTell: number;
  readonly violations: readonly FoundViolation[];
}

export interface FoundViolation {
  /** Of the case and the clause: the same in every replay. */
  readonly id: string;
  readonly clause: string;
  readonly clauseText: string;
  /** RFC 3339: of the case, or the start of the window. */
  readonly time: string;
  /** Those to show for it, that of the case first: several for a rule across traces, none where none is known. */
  readonly traces: readonly string[];
  /** The spans of a trace, or the labels of a series. */
  readonly where: string;
  /** None for a window. */
  readonly evidence: readonly EvidenceJson[];
  /** What keeps a flow together; null for any other rule. */
  readonly key: Readonly<Record<string, unknown>> | null;
  /** What was compared, by the text that names it. */
  readonly values: Readonly<Record<string, unknown>>;
  /** What a series had in a window. */
  readonly seriesValue?: string;
}

export function judgedRules(replay: ReplayJson): readonly JudgedRule[] {
  return rulesIn(replay).map(judgedRule);
}

function judgedRule(rule: RuleJson): JudgedRule {
  return isWindowRule(rule)
    ? // It can always tell.
      { ...rule, cannotTell: 0, violations: rule.violations.map(windowViolation) }
    : { ...rule, violations: rule.violations.map(traceViolation) };
}

function traceViolation(found: ViolationJson): FoundViolation {
  const names = new Set(found.evidence.map(({ name }) => name));
  return {
    ...found,
    traces: [...new Set([found.traceId, ...found.evidence.map(({ traceId }) => traceId)])],
    where: `${found.rootService ?? ''} ${[...names].join(', ')}`,
  };
}

function windowViolation({
  id,
  clause,
  clauseText,
  window,
  labels,
  traces: [trace],
  value,
}: WindowViolationJson): FoundViolation {
  const series = labels.map((label) => `${label.name}=${String(label.value)}`).join(' ');
  return {
    ...{ id, clause, clauseText, time: window.from },
    traces: trace === undefined ? [] : [trace],
    where: `${series} (${String(value)})`,
    evidence: [],
    key: null,
    values: {},
    seriesValue: String(value),
  };
}
