/** What a replay found, in one shape for rules of every kind: commands need not tell kinds apart. */
import type { JudgedJson } from '../../engine/answers/judged-rule.js';
import type {
  EvidenceJson,
  OverViolationJson,
  ReplayJson,
  ViolationJson,
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

/** Those of a replay, one kind after the other. */
export function judgedRules({ rules, overRules }: ReplayJson): readonly JudgedRule[] {
  return [
    ...rules.map((rule) => ({ ...rule, violations: rule.violations.map(traceViolation) })),
    // A rule over many traces can always tell.
    ...overRules.map((rule) => ({
      ...rule,
      cannotTell: 0,
      violations: rule.violations.map(windowViolation),
    })),
  ];
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
}: OverViolationJson): FoundViolation {
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
