/** What a replay found, in one shape for rules of every kind: views and commands need not tell kinds apart. */
import type {
  CommonResult,
  EvidenceSpan,
  OverViolation,
  ReplayResult,
  RuleResult,
  Violation,
} from './answers.js';

export interface JudgedRule extends CommonResult {
  readonly cannotTell: number;
  readonly missing: RuleResult['missing'];
  readonly violations: readonly FoundViolation[];
}

export interface FoundViolation {
  /** Of the case and the clause: the same in every replay. */
  readonly id: string;
  readonly clause: string;
  readonly clauseText: string;
  /** RFC 3339: of the case, or the start of the window. */
  readonly time: string;
  /** The trace to show for it; undefined where none is known. */
  readonly traceId: string | undefined;
  readonly service: string | undefined;
  /** The spans of a trace, or the labels of a series. */
  readonly where: string;
  /** None for a window. */
  readonly evidence: readonly EvidenceSpan[];
  /** What was compared, by the text that names it. */
  readonly values: Readonly<Record<string, unknown>>;
  /** What a series had in a window. */
  readonly seriesValue?: string;
}

/** Those of a replay, one kind after the other. */
export function judgedRules({ rules, overRules }: ReplayResult): readonly JudgedRule[] {
  return [
    ...rules.map((rule) => ({ ...rule, violations: rule.violations.map(traceViolation) })),
    // A rule over many traces can always tell.
    ...overRules.map((rule) => ({
      ...rule,
      cannotTell: 0,
      missing: {},
      violations: rule.violations.map(windowViolation),
    })),
  ];
}

function traceViolation(found: Violation): FoundViolation {
  const names = new Set(found.evidence.map(({ name }) => name));
  return {
    ...found,
    service: found.rootService ?? undefined,
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
}: OverViolation): FoundViolation {
  const series = labels.map((label) => `${label.name}=${String(label.value)}`).join(' ');
  return {
    id,
    clause,
    clauseText,
    time: window.from,
    traceId: typeof trace === 'string' ? trace : undefined,
    service: undefined,
    where: `${series} (${String(value)})`,
    evidence: [],
    values: {},
    seriesValue: String(value),
  };
}
