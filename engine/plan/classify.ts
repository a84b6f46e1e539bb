import type { PairRelation } from '../language/tree/ast.js';
import { isSettledIntrinsic } from '../language/tree/intrinsics.js';
import { type Expression, type FieldPlan, forEachField } from './expression.js';
import { leavesOf } from './leaves.js';
import type {
  ConditionPlan,
  Decidability,
  PatternPlan,
  RulePlan,
  ScalarPlan,
  SpansetPlan,
  StagePlan,
} from './plan.js';
import { conditionsOf, forEachExpression, forEachPattern } from './visit.js';

/**
 * When a verdict on a growing trace is final. A span arrives when it ends, so only bounds on ends tell what may still arrive.
 *
 * A condition *rises* when more spans can only turn it from false to true. A rising `never` that holds is a violation for
 * good (**now**); so is a falling `always` that fails, such as `count(P) <= 3`. An order that asks for a span to end by a
 * time fails for good once that time has passed (**deadline**). Everything else waits until the trace is closed
 * (**closure**), as does every rule that reads what later spans change of earlier ones: root, parent, end of the trace.
 */
export function classify(
  rule: Pick<RulePlan, 'when' | 'clauses' | 'bindings'>,
  predicates: readonly Expression[],
): Decidability {
  if (!readsOnlySpansOwn(rule, predicates)) return { kind: 'closure' };
  const whenRises =
    (rule.when === undefined || rises(rule.when)) &&
    rule.bindings.every(({ pattern }) => patternRises(pattern));
  if (!whenRises) return { kind: 'closure' };
  let after = -1n;
  for (const clause of rule.clauses) {
    const final = clause.keyword === 'never' ? rises(clause.condition) : falls(clause.condition);
    if (final) continue;
    const deadline = clause.keyword === 'always' ? deadlineOf(clause.condition) : undefined;
    if (deadline === undefined) return { kind: 'closure' };
    if (deadline > after) after = deadline;
  }
  return after < 0n ? { kind: 'now' } : { kind: 'deadline', after: after.toString() };
}

function readsOnlySpansOwn(
  rule: Pick<RulePlan, 'when' | 'clauses' | 'bindings'>,
  predicates: readonly Expression[],
): boolean {
  return (
    conditionsOf(rule).every((condition) => readsOnlyOwn(condition, predicates)) &&
    rule.bindings.every(({ pattern }) => readsOnlyOwn({ kind: 'exists', pattern }, predicates))
  );
}

/** Whether a condition reads nothing of a span that a later span can change. */
export function readsOnlyOwn(condition: ConditionPlan, predicates: readonly Expression[]): boolean {
  let own = true;
  const expression = (expression: Expression): void =>
    forEachField(expression, (field) => {
      own &&= isSpanOwn(field);
    });
  forEachPattern(condition, (pattern) => {
    for (const { predicate } of leavesOf(pattern)) expression(predicates[predicate]!);
  });
  forEachExpression(condition, expression);
  return own;
}

/** Whether the field is the span's own, so that no later span changes it. */
function isSpanOwn({ hop, source }: FieldPlan): boolean {
  return hop === 'self' && (source.kind === 'attribute' || isSettledIntrinsic(source.name));
}

/** Whether more spans can only turn the condition from false to true. */
export function rises(condition: ConditionPlan): boolean {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.operands.every(rises);
    case 'not':
      return falls(condition.operand);
    case 'exists':
      return patternRises(condition.pattern);
    case 'relation':
      return patternRises(condition.left) && patternRises(condition.right);
    case 'between':
      return false; // the next C may still arrive earlier
    case 'sequence':
      return condition.steps.every((step) => step.without.length === 0 && patternRises(step.pattern));
    case 'present':
      return isFixed(condition.scalar);
    case 'compare':
      return compareMoves(condition, 'up');
  }
}

/** Whether more spans can only turn the condition from true to false. */
export function falls(condition: ConditionPlan): boolean {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return condition.operands.every(falls);
    case 'not':
      return rises(condition.operand);
    case 'present':
      return isFixed(condition.scalar);
    case 'compare':
      return compareMoves(condition, 'down');
    default:
      return false;
  }
}

/** `count(P) > n` rises and `count(P) <= n` falls, on either side of the operator; fixed values do both. */
function compareMoves(
  compare: Extract<ConditionPlan, { kind: 'compare' }>,
  direction: 'up' | 'down',
): boolean {
  const { left, right } = compare;
  if (isFixed(left) && isFixed(right)) return true;
  const grows = (side: ScalarPlan): boolean =>
    side.kind === 'aggregate' &&
    (side.function === 'count' || side.function === 'distinct') &&
    patternRises(side.pattern);
  const greater = compare.operator === '>' || compare.operator === '>=';
  const less = compare.operator === '<' || compare.operator === '<=';
  if (grows(left) && isFixed(right)) return direction === 'up' ? greater : less;
  if (isFixed(left) && grows(right)) return direction === 'up' ? less : greater;
  return false;
}

function isFixed(scalar: ScalarPlan): boolean {
  switch (scalar.kind) {
    case 'constant':
      return true;
    case 'field':
      return isSpanOwn(scalar.field);
    case 'aggregate':
      return false;
    case 'arithmetic':
      return isFixed(scalar.left) && isFixed(scalar.right);
    case 'negate':
    case 'call':
      return isFixed(scalar.operand);
  }
}

function patternRises(pattern: PatternPlan): boolean {
  return pattern.stages.every(stageRises);
}

function stageRises(stage: StagePlan): boolean {
  switch (stage.kind) {
    case 'spanset':
      return spansetRises(stage.expression);
    case 'by':
    case 'coalesce':
      return true;
    case 'aggregate': {
      const { left, right, operator } = stage;
      const counts = (side: typeof left): boolean => side.kind === 'call' && side.function === 'count';
      if (counts(left) && right.kind === 'constant') return operator === '>' || operator === '>=';
      if (left.kind === 'constant' && counts(right)) return operator === '<' || operator === '<=';
      return false;
    }
  }
}

function spansetRises(spanset: SpansetPlan): boolean {
  switch (spanset.kind) {
    case 'leaf':
    case 'bound':
      return true;
    case 'group':
      return spanset.stages.every(stageRises);
    case 'operation':
      return !spanset.operator.startsWith('!') && spansetRises(spanset.left) && spansetRises(spanset.right);
  }
}

/** When `A relation c` has failed for good, of a bound span `c`: once `c` has ended, the time of its bound after that, or never before closure. */
const FAILS: Readonly<Record<PairRelation, 'at the end' | 'after the bound' | 'at closure'>> = {
  before: 'at the end',
  after: 'at closure',
  'starts before': 'at closure',
  'starts after': 'at closure',
  'ends before': 'at the end',
  'ends after': 'after the bound',
  during: 'at the end',
  overlaps: 'at closure',
  under: 'at closure',
  over: 'at closure',
};

/**
 * The bound in nanoseconds of a test that is decided once that much time has passed since its bound span. What must only
 * start within a bound has none: a span that started in time may end, and so arrive, at any time.
 */
function deadlineOf(condition: ConditionPlan): bigint | undefined {
  switch (condition.kind) {
    case 'and':
    case 'or': {
      let latest = 0n;
      for (const operand of condition.operands) {
        const deadline = falls(operand) ? 0n : deadlineOf(operand);
        if (deadline === undefined) return undefined;
        if (deadline > latest) latest = deadline;
      }
      return latest;
    }
    case 'relation': {
      if (condition.right.bound === undefined || !patternRises(condition.left)) return undefined;
      const fails = FAILS[condition.relation];
      if (fails === 'at closure') return undefined;
      const { within } = condition.gap;
      return fails === 'at the end' ? 0n : within === undefined ? undefined : BigInt(within);
    }
    case 'sequence':
      return condition.steps[0]?.pattern.bound !== undefined &&
        condition.gap.within !== undefined &&
        rises(condition)
        ? BigInt(condition.gap.within)
        : undefined;
    default:
      return undefined;
  }
}
