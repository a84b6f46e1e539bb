/**
 * What the hits of a trace alone tell about a condition on it.
 *
 * Most rules are about few traces, and most of what they ask for has no span at all in most traces. Where a filter matches no span
 * of a trace, so does every pattern that needs one of its spans: there is no pair to compare, nothing to count, and no
 * operand of an order. Where it matches one, a pattern that is just the filter has a span. Everything else is left open.
 *
 * Traces with the same hits are the same to this, so it is worked out once for each combination of hits, a signature, of which
 * there are few, however many traces and spans there are.
 */
import type { CompareOperator } from '../../../plan/expression.js';
import type { ConditionPlan, PatternPlan, ScalarPlan, SpansetPlan, StagePlan } from '../../../plan/plan.js';
import type { Mode } from './mode.js';
import { flipped } from './mode.js';

/** Whether some span of the trace matches `predicate` of the plan. */
export type Signature = (predicate: number) => boolean;

/** Undefined where the hits do not tell; also where the answer may be "cannot tell". */
export type Decided = boolean | undefined;

/** The truth of a condition for every case of a trace with these hits, as `compileCondition` would have it. */
export function decidedByHits(condition: ConditionPlan, mode: Mode, hits: Signature): Decided {
  switch (condition.kind) {
    case 'and':
      return all(condition.operands.map((operand) => decidedByHits(operand, mode, hits)));
    case 'or':
      return not(all(condition.operands.map((operand) => not(decidedByHits(operand, mode, hits)))));
    case 'not':
      return not(decidedByHits(condition.operand, flipped(mode), hits));
    case 'exists':
      // An aggregate such as `count() = 0` also matches a trace without spans.
      return condition.pattern.stages.some(aggregates) ? undefined : hasSpans(condition.pattern, hits);
    case 'relation': {
      const [left, right] = [hasSpans(condition.left, hits), hasSpans(condition.right, hits)];
      if (right === false) return mode === 'always';
      if (left === false) return mode === 'always' ? not(right) : false;
      return undefined;
    }
    case 'between': {
      const delimited = all([hasSpans(condition.from, hits), hasSpans(condition.to, hits)]);
      if (delimited === false) return mode === 'always';
      return mode !== 'always' && hasSpans(condition.pattern, hits) === false ? false : undefined;
    }
    case 'sequence':
      return condition.steps.some(({ pattern }) => hasSpans(pattern, hits) === false) ? false : undefined;
    case 'compare': {
      const [left, right] = [intOf(condition.left, hits), intOf(condition.right, hits)];
      return left === undefined || right === undefined
        ? undefined
        : compared(condition.operator, left, right);
    }
    case 'present':
      return undefined;
  }
}

function not(decided: Decided): Decided {
  return decided === undefined ? undefined : !decided;
}

function all(operands: readonly Decided[]): Decided {
  if (operands.includes(false)) return false;
  return operands.includes(undefined) ? undefined : true;
}

/** Whether a pattern has a span in every case of such a trace (true) or in none (false). */
export function hasSpans({ bound, stages }: PatternPlan, hits: Signature): Decided {
  return bound === undefined ? stagesHaveSpans(stages, hits) : true;
}

function stagesHaveSpans(stages: readonly StagePlan[], hits: Signature): Decided {
  // A stage keeps some of the spans of those before it, which are spans of the same trace.
  const operands = stages.map((stage) =>
    stage.kind === 'spanset' ? spansetHasSpans(stage.expression, hits) : undefined,
  );
  if (operands.includes(false)) return false;
  return operands.length === 1 ? operands[0] : undefined;
}

function spansetHasSpans(spanset: SpansetPlan, hits: Signature): Decided {
  switch (spanset.kind) {
    case 'leaf':
      if (!hits(spanset.predicate)) return false;
      return spanset.residual === undefined ? true : undefined;
    case 'group':
      return stagesHaveSpans(spanset.stages, hits);
    case 'bound':
      return true;
    case 'operation': {
      const { operator } = spanset;
      const [left, right] = [spansetHasSpans(spanset.left, hits), spansetHasSpans(spanset.right, hits)];
      if (operator === '||') return not(all([not(left), not(right)]));
      if (operator === '&&') return all([left, right]);
      // Of the structural operators, the negated ones want no span on the left.
      return right === false || (left === false && !operator.startsWith('!')) ? false : undefined;
    }
  }
}

function aggregates(stage: StagePlan): boolean {
  if (stage.kind === 'aggregate') return true;
  return stage.kind === 'spanset' && spansetAggregates(stage.expression);
}

function spansetAggregates(spanset: SpansetPlan): boolean {
  switch (spanset.kind) {
    case 'leaf':
    case 'bound':
      return false;
    case 'group':
      return spanset.stages.some(aggregates);
    case 'operation':
      return spansetAggregates(spanset.left) || spansetAggregates(spanset.right);
  }
}

function intOf(scalar: ScalarPlan, hits: Signature): bigint | undefined {
  if (scalar.kind === 'constant' && scalar.constant.type === 'int') return BigInt(scalar.constant.value);
  const counts = scalar.kind === 'aggregate' && scalar.function === 'count';
  return counts && hasSpans(scalar.pattern, hits) === false ? 0n : undefined;
}

function compared(operator: CompareOperator, left: bigint, right: bigint): Decided {
  switch (operator) {
    case '=':
      return left === right;
    case '!=':
      return left !== right;
    case '<':
      return left < right;
    case '<=':
      return left <= right;
    case '>':
      return left > right;
    case '>=':
      return left >= right;
    default:
      return undefined;
  }
}
