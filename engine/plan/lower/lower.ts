import type { ResolvedCaseRule, ResolvedRule } from '../../language/link/resolved.js';
import { printCondition, printScalar } from '../../language/print/print.js';
import { printPattern } from '../../language/print/print-expression.js';
import type { Condition, Pattern, Scalar } from '../../language/tree/ast.js';
import { unitOfScalar } from '../../language/tree/units.js';
import { ofKind } from '../../shared/of-kind.js';
import { classify } from '../classify.js';
import type { FieldPlan } from '../expression.js';
import { forEachField } from '../expression.js';
import { lowerAcross } from '../flow-plan.js';
import { columnNeeds, needsWith } from '../needs.js';
import type {
  BindingPlan,
  ConditionPlan,
  GapPlan,
  PatternPlan,
  Plan,
  RulePlan,
  ScalarPlan,
} from '../plan.js';
import { revisionOf } from '../revision.js';
import { needsOf } from '../vacuity/rule-needs.js';
import { conditionsOf, forEachExpression } from '../visit.js';
import { FIRST, lowerArithmetic, lowerExpression, lowerField, lowerLiteral } from './lower-expression.js';
import { lowerPattern, lowerPatternItems, Predicates } from './lower-pattern.js';

/** One plan for all rules of a run that judge traces, with what violations are to carry. Disabled rules are left out. */
export function planRules(rules: readonly ResolvedRule[], carries: readonly FieldPlan[] = []): Plan {
  return planCases(ofKind(rules, 'trace'), carries);
}

/** The same for those across traces: every rule of the plan has a flow. */
export function planFlowRules(rules: readonly ResolvedRule[], carries: readonly FieldPlan[] = []): Plan {
  return planCases(ofKind(rules, 'flow'), carries);
}

function planCases(rules: readonly ResolvedCaseRule[], carries: readonly FieldPlan[]): Plan {
  const predicates = new Predicates();
  const plans = rules.filter(({ settings }) => settings.enabled).map((rule) => lowerRule(rule, predicates));
  const needs = columnNeeds(predicates.all, plans);
  const plan = { version: 1, predicates: predicates.all, rules: plans } as const;
  if (carries.length === 0 || plans.length === 0) return { ...plan, needs };
  return { ...plan, needs: needsWith(needs, carries), carries };
}

function lowerRule(rule: ResolvedCaseRule, predicates: Predicates): RulePlan {
  const bound = new Set<string>(rule.bindings);
  const { when: whenCondition, clauses } = rule.expanded;
  const bindings: BindingPlan[] = [];
  const { across } = rule.settings;
  const lowering = { predicates, bound, ofCases: across !== undefined };
  const rest = whenCondition === undefined ? [] : takeBindings(whenCondition, lowering, bindings);
  const when = rest.map((condition) => lowerCondition(condition, lowering));
  const plan = {
    id: rule.item.id.text,
    settings: rule.settings,
    ...(across === undefined ? {} : { flow: lowerAcross(across) }),
    bindings,
    ...(when.length === 0
      ? {}
      : { when: when.length === 1 ? when[0]! : { kind: 'and' as const, operands: when } }),
    clauses: clauses.map((clause) => ({
      keyword: clause.keyword,
      index: clause.index,
      text: `${clause.keyword} ${printCondition(clause.condition)}`,
      condition: lowerCondition(clause.condition, lowering),
    })),
  };
  return {
    ...plan,
    revision: revisionOf(plan, predicates.all),
    decidable: classify(plan, predicates.all),
    needs: needsOf(plan, predicates.all),
    boundFields: boundFields(plan),
  };
}

interface Lowering {
  readonly predicates: Predicates;
  readonly bound: ReadonlySet<string>;
  /** Whether what a pattern finds depends on the case whatever its filters read: of a flow, each case sees a part. */
  readonly ofCases: boolean;
}

/**
 * Takes the `as` patterns out of the top-level conjunction of `when`. Returns the conditions that remain: a relation or
 * sequence keeps its place, with the named patterns now standing for the bound spans.
 */
function takeBindings(
  condition: Condition,
  lowering: Lowering,
  bindings: BindingPlan[],
): readonly Condition[] {
  if (condition.kind === 'and')
    return condition.operands.flatMap((operand) => takeBindings(operand, lowering, bindings));
  const take = (pattern: Pattern): Pattern => {
    if (pattern.as === undefined) return pattern;
    const { as: name, ...unnamed } = pattern;
    bindings.push({ name: name.text, pattern: lowerPattern(unnamed, lowering.predicates, new Set()) });
    return boundPattern(pattern, name.text);
  };
  switch (condition.kind) {
    case 'exists':
      if (condition.pattern.as === undefined) return [condition];
      take(condition.pattern);
      return [];
    case 'relation': {
      const pattern = take(condition.pattern);
      const [first, second] = condition.references;
      if (condition.relation === 'between') {
        // Which C is the next one after B is decided among all Cs, so a named delimiter stays a pattern here.
        for (const reference of condition.references) take(reference);
        return [{ ...condition, pattern }];
      }
      const references =
        second === undefined ? ([take(first)] as const) : ([take(first), take(second)] as const);
      return [{ ...condition, pattern, references }];
    }
    case 'sequence':
      return [
        { ...condition, steps: condition.steps.map((step) => ({ ...step, pattern: take(step.pattern) })) },
      ];
    default:
      return [condition];
  }
}

function seen(pattern: PatternPlan, { ofCases }: Lowering): PatternPlan {
  return ofCases ? { ...pattern, perCase: true } : pattern;
}

function boundPattern(pattern: Pattern, name: string): Pattern {
  const { range } = pattern;
  const expression = { kind: 'name', name: { text: name, range }, range } as const;
  return { pipeline: { stages: [{ kind: 'spanset', expression, range }], range }, range };
}

function lowerCondition(condition: Condition, lowering: Lowering): ConditionPlan {
  const pattern = (source: Pattern): PatternPlan =>
    seen(lowerPattern(source, lowering.predicates, lowering.bound), lowering);
  switch (condition.kind) {
    case 'and':
    case 'or':
      return {
        kind: condition.kind,
        operands: condition.operands.map((operand) => lowerCondition(operand, lowering)),
      };
    case 'not':
      return { kind: 'not', operand: lowerCondition(condition.operand, lowering) };
    case 'exists':
      return { kind: 'exists', pattern: pattern(condition.pattern) };
    case 'relation': {
      const [first, second] = condition.references;
      if (condition.relation === 'between')
        return {
          kind: 'between',
          pattern: pattern(condition.pattern),
          from: pattern(first),
          to: pattern(second ?? first),
          ...(first.as === undefined ? {} : { fromIs: first.as.text }),
          ...(second?.as === undefined ? {} : { toIs: second.as.text }),
        };
      return {
        kind: 'relation',
        relation: condition.relation,
        left: pattern(condition.pattern),
        right: pattern(first),
        gap: lowerGap(condition.bound),
      };
    }
    case 'sequence':
      return {
        kind: 'sequence',
        steps: condition.steps.map((step) => ({
          link: step.link === 'then starts' ? 'then starts' : 'then',
          without: step.without.map(pattern),
          pattern: pattern(step.pattern),
        })),
        gap: lowerGap(condition.bound),
      };
    case 'compare': {
      const scalar = comparedWithNil(condition.left, condition.right);
      if (scalar !== undefined) {
        const present = { kind: 'present', scalar: lowerScalar(scalar, lowering) } as const;
        return condition.operator === '=' ? { kind: 'not', operand: present } : present;
      }
      return {
        kind: 'compare',
        operator: condition.operator,
        left: lowerScalar(condition.left, lowering),
        right: lowerScalar(condition.right, lowering),
      };
    }
  }
}

/** The other side of a comparison with `nil`. */
function comparedWithNil(left: Scalar, right: Scalar): Scalar | undefined {
  const isNil = (scalar: Scalar): boolean => scalar.kind === 'literal' && scalar.literal.kind === 'nil';
  return isNil(right) ? left : isNil(left) ? right : undefined;
}

function lowerGap(bound: Extract<Condition, { kind: 'relation' }>['bound']): GapPlan {
  return {
    ...(bound.within === undefined ? {} : { within: bound.within.value.toString() }),
    ...(bound.atLeast === undefined ? {} : { atLeast: bound.atLeast.value.toString() }),
  };
}

function lowerScalar(scalar: Scalar, lowering: Lowering): ScalarPlan {
  switch (scalar.kind) {
    case 'literal':
      return { kind: 'constant', constant: lowerLiteral(scalar.literal) };
    case 'field':
      return { kind: 'field', field: lowerField(scalar.field, FIRST), text: printScalar(scalar) };
    case 'count':
      return {
        kind: 'aggregate',
        function: 'count',
        pattern: seen(lowerPattern(scalar.pattern, lowering.predicates, lowering.bound), lowering),
        patternText: printPattern(scalar.pattern),
        text: printScalar(scalar),
      };
    case 'aggregate': {
      const { plan, among } = lowerPatternItems(scalar.pattern, lowering.predicates, lowering.bound);
      return {
        kind: 'aggregate',
        function: scalar.function,
        pattern: seen(plan, lowering),
        patternText: printPattern(scalar.pattern),
        argument: lowerExpression(scalar.field, { first: among }),
        ...(scalar.quantile === undefined ? {} : { quantile: Number(scalar.quantile.value) }),
        text: printScalar(scalar),
      };
    }
    case 'binary':
      return {
        kind: 'arithmetic',
        operator: lowerArithmetic(scalar.operator, unitOfScalar(scalar.left), unitOfScalar(scalar.right)),
        left: lowerScalar(scalar.left, lowering),
        right: lowerScalar(scalar.right, lowering),
      };
    case 'call':
      return {
        kind: 'call',
        function: scalar.function,
        operand: lowerScalar(scalar.operand, lowering),
        ...(scalar.zone === undefined ? {} : { zone: scalar.zone.value }),
      };
    case 'negate':
      return { kind: 'negate', operand: lowerScalar(scalar.operand, lowering) };
  }
}

function boundFields(rule: Pick<RulePlan, 'when' | 'clauses'>): readonly FieldPlan[] {
  const fields = new Map<string, FieldPlan>();
  for (const condition of conditionsOf(rule))
    forEachExpression(condition, (expression) =>
      forEachField(expression, (field) => {
        if (field.bound !== undefined) fields.set(JSON.stringify(field), field);
      }),
    );
  return [...fields.values()];
}
