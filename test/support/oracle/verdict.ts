/** The cases of a rule in a trace, and the verdict on each. */
import type { Condition, Pattern } from '../../../engine/language/tree/ast.js';
import type { Span, Trace } from '../../../engine/otlp/model.js';
import { conditionTruth, supportingSpans } from './condition.js';
import { type Binding, NO_BINDING } from './fields.js';
import { patternSpans } from './spanset.js';
import { type Whole, wholeTrace } from './structure.js';
import { isVacuousClause } from './vacuity.js';

/** A rule whose let-names are already replaced by what they stand for. */
export interface OracleRule {
  readonly when?: Condition;
  /** In text order. */
  readonly clauses: readonly OracleClause[];
  readonly settings: { readonly required: boolean; readonly skewNs: bigint };
}

export interface OracleClause extends ClauseName {
  readonly condition: Condition;
}

interface ClauseName {
  readonly keyword: 'always' | 'never';
  readonly index: number;
}

export interface CaseVerdict {
  readonly verdict: 'pass' | 'violation' | 'cannot tell';
  /** The one that is violated, or that is unknown. */
  readonly clause?: ClauseName;
  readonly binding: Binding;
}

/** Nothing where the rule is not applicable. */
export function evaluateRule(rule: OracleRule, trace: Trace): readonly CaseVerdict[] {
  const whole = wholeTrace(trace);
  return cases(rule, whole).map((binding) => judge(rule, whole, binding));
}

/** Which of the clauses could not have failed in a run over these traces, for want of data. */
export function vacuousClauses(rule: OracleRule, traces: readonly Trace[]): readonly boolean[] {
  const places = traces.map((trace) => {
    const whole = wholeTrace(trace);
    return { whole, cases: cases(rule, whole) };
  });
  const { required } = rule.settings;
  return rule.clauses.map(({ keyword, condition }) =>
    isVacuousClause(keyword, condition, { places, required, bound: boundNames(rule) }),
  );
}

function boundNames({ when }: OracleRule): ReadonlySet<string> {
  return new Set(when === undefined ? [] : namedPatterns(when).map(({ as }) => as!.text));
}

/** What a reader is shown: the bound spans, then what matched the violated `never`. */
export function evidence(rule: OracleRule, trace: Trace, verdict: CaseVerdict): readonly Span[] {
  const bound = [...verdict.binding.values()];
  const violated = rule.clauses.find(
    (clause) => clause.keyword === verdict.clause?.keyword && clause.index === verdict.clause.index,
  );
  if (verdict.verdict !== 'violation' || violated?.keyword !== 'never') return bound;
  const { skewNs } = rule.settings;
  const stand = { whole: wholeTrace(trace), binding: verdict.binding, mode: 'never', skewNs } as const;
  return [...new Set([...bound, ...supportingSpans(violated.condition, stand)])];
}

function judge(rule: OracleRule, whole: Whole, binding: Binding): CaseVerdict {
  const { required, skewNs } = rule.settings;
  const name = ({ keyword, index }: OracleClause): ClauseName => ({ keyword, index });
  const truth = (clause: OracleClause) =>
    conditionTruth(clause.condition, { whole, binding, mode: clause.keyword, skewNs });

  const violated = rule.clauses.find((clause) => truth(clause) === (clause.keyword === 'never'));
  if (violated) return { verdict: 'violation', clause: name(violated), binding };
  const unknown = rule.clauses.find((clause) => truth(clause) === 'unknown');
  if (unknown) return { verdict: required ? 'violation' : 'cannot tell', clause: name(unknown), binding };
  return { verdict: 'pass', binding };
}

/** One case where `when` holds; where it names spans, one for each choice of them for which it holds. */
function cases(rule: OracleRule, whole: Whole): readonly Binding[] {
  const { when } = rule;
  if (!when) return [NO_BINDING];
  const holds = (binding: Binding): boolean =>
    conditionTruth(when, { whole, binding, mode: 'when', skewNs: rule.settings.skewNs }) === true;
  return choices(namedPatterns(when), whole).filter(holds);
}

function choices(named: readonly Pattern[], whole: Whole): readonly Binding[] {
  let chosen: readonly Binding[] = [NO_BINDING];
  for (const pattern of named) {
    // A pattern may stand in some relation to the spans that are named before it.
    chosen = chosen.flatMap((binding) =>
      patternSpans(pattern, { whole, binding }).map(
        (span) => new Map([...binding, [pattern.as!.text, span]]),
      ),
    );
  }
  return chosen;
}

/** In text order. */
export function namedPatterns(condition: Condition | undefined): readonly Pattern[] {
  if (condition === undefined) return [];
  const named = (...patterns: readonly Pattern[]): readonly Pattern[] =>
    patterns.filter((pattern) => pattern.as);
  switch (condition.kind) {
    case 'and':
      return condition.operands.flatMap(namedPatterns);
    case 'exists':
      return named(condition.pattern);
    case 'relation':
      return named(condition.pattern, ...condition.references);
    case 'sequence':
      return named(...condition.steps.map((step) => step.pattern));
    case 'or':
    case 'not':
    case 'compare':
      return [];
  }
}
