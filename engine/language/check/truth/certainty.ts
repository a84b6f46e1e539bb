import type {
  AggregateExpression,
  Condition,
  FieldExpression,
  Pattern,
  Pipeline,
  Range,
  Scalar,
  SpansetExpression,
} from '../../tree/ast.js';
import { soleName } from '../../tree/walk.js';
import { expressionOperand, literalOperand, type Operand, scalarOperand } from '../types/operand.js';
import { aggregateOperand } from '../types/pipelines.js';
import {
  type Constraint,
  conditionConstraints,
  conjunctionFinding,
  disjunctionFinding,
  expressionConstraints,
  operandsOf,
} from './contradictions.js';
import { finiteFinding } from './finite-sets.js';
import {
  both,
  comparisonOutcome,
  either,
  type Finding,
  isImpossible,
  negate,
  type Outcome,
  type Truth,
} from './truth.js';

/** Works out what is certain about a condition, and collects the parts that make it so. */
export class Certainty {
  readonly findings: Finding[] = [];

  /**
   * @param bound the spans that are bound where the condition is judged: `exists x` of them always holds
   * @param place in a clause, a relation to something that is not there is vacuous; in `when` it is false
   */
  constructor(
    private readonly bound: ReadonlySet<string> = new Set(),
    private readonly place: 'when' | 'clause' = 'clause',
  ) {}

  condition(condition: Condition): Truth {
    switch (condition.kind) {
      case 'and':
      case 'or': {
        const isAnd = condition.kind === 'and';
        const truths = condition.operands.map((operand) => this.condition(operand));
        const truth = isAnd ? truths.reduce(both, 'always') : truths.reduce(either, 'false');
        return truth === 'open'
          ? this.pairs(isAnd, conditionConstraints(condition.operands), 'condition')
          : truth;
      }
      case 'not':
        return negate(this.condition(condition.operand));
      case 'exists': {
        const truth = this.pattern(condition.pattern);
        return truth === 'never' ? 'false' : truth;
      }
      case 'relation': {
        const truths = [condition.pattern, ...condition.references].map((pattern) => this.pattern(pattern));
        const needed = this.place === 'when' ? truths : truths.slice(0, 1);
        return needed.some(isImpossible) ? 'false' : 'open';
      }
      case 'sequence': {
        for (const step of condition.steps) for (const pattern of step.without) this.pattern(pattern);
        const truths = condition.steps.map((step) => this.pattern(step.pattern));
        return truths.some(isImpossible) ? 'false' : 'open';
      }
      case 'compare': {
        this.scalarPatterns(condition.left);
        this.scalarPatterns(condition.right);
        const outcome = comparisonOutcome(
          condition.operator,
          scalarOperand(condition.left, scalarType(condition.left)),
          scalarOperand(condition.right, scalarType(condition.right)),
        );
        return this.note(outcome, condition.range);
      }
    }
  }

  private scalarPatterns(scalar: Scalar): void {
    if (scalar.kind === 'count' || scalar.kind === 'aggregate') this.pattern(scalar.pattern);
    if (scalar.kind === 'negate' || scalar.kind === 'call') this.scalarPatterns(scalar.operand);
    if (scalar.kind === 'binary') {
      this.scalarPatterns(scalar.left);
      this.scalarPatterns(scalar.right);
    }
  }

  /** `always`: every span matches, and at least one does. */
  private pattern(pattern: Pattern): Truth {
    const name = soleName(pattern.pipeline)?.name.text;
    const spans = name !== undefined && this.bound.has(name) ? 'always' : this.pipeline(pattern.pipeline);
    const narrowed = pattern.where ? this.expression(pattern.where) : 'always';
    return both(spans, narrowed);
  }

  pipeline(pipeline: Pipeline): Truth {
    let truth: Truth = 'always';
    for (const stage of pipeline.stages) {
      if (stage.kind === 'spanset') truth = both(truth, this.spansets(stage.expression));
      if (stage.kind === 'by' || stage.kind === 'coalesce' || stage.kind === 'select') continue;
      if (stage.kind === 'aggregate') {
        const outcome = comparisonOutcome(stage.operator, operandOf(stage.left), operandOf(stage.right));
        const passes = this.note(outcome, stage.range);
        // `count() = 0` holds of no spans at all, so what came before does not decide.
        truth = isImpossible(passes) ? 'never' : 'open';
      }
    }
    return truth;
  }

  private spansets(expression: SpansetExpression): Truth {
    switch (expression.kind) {
      case 'filter':
        return expression.expression ? this.expression(expression.expression) : 'always';
      case 'group':
        return this.pipeline(expression.pipeline);
      case 'name':
        return 'open';
      case 'operation': {
        const left = this.operand(expression.left);
        const right = this.operand(expression.right);
        if (expression.operator === '||') return either(left, right);
        if (expression.operator === '&&') return both(left, right);
        const spans = expression.operator.startsWith('!') ? [right] : [left, right];
        return spans.some(isImpossible) ? 'never' : 'open';
      }
    }
  }

  /** A side of an operator, which works on spans. */
  private operand(side: SpansetExpression): Truth {
    const truth = this.spansets(side);
    if (side.kind !== 'group' || !holdsWithoutSpansOnly(side.pipeline)) return truth;
    const message =
      'This never has a span for an operator to continue from, as it holds only where nothing matches; join such patterns as tests, with and, or, not.';
    this.findings.push({ truth: 'never', range: side.range, message });
    return 'never';
  }

  expression(expression: FieldExpression): Truth {
    switch (expression.kind) {
      case 'literal':
        if (expression.literal.kind !== 'bool') return 'open';
        return expression.literal.value ? 'always' : 'false';
      case 'field':
      case 'in':
      case 'call':
      case 'parameter':
        return 'open';
      case 'unary':
        return expression.operator === '!' ? negate(this.expression(expression.operand)) : 'open';
      case 'binary':
        break;
    }
    switch (expression.operator) {
      case '&&':
      case '||': {
        const operands = operandsOf(expression);
        const isAnd = expression.operator === '&&';
        const truths = operands.map((operand) => this.expression(operand));
        const truth = isAnd ? truths.reduce(both, 'always') : truths.reduce(either, 'false');
        if (truth !== 'open') return truth;
        const paired = this.pairs(isAnd, expressionConstraints(operands), 'filter');
        const finite = isAnd && paired === 'open' ? finiteFinding(operands) : undefined;
        if (finite === undefined) return paired;
        this.findings.push(finite);
        return 'never';
      }
      case '=':
      case '!=':
      case '<':
      case '<=':
      case '>':
      case '>=': {
        const outcome = comparisonOutcome(
          expression.operator,
          expressionOperand(expression.left, 'unknown'),
          expressionOperand(expression.right, 'unknown'),
        );
        return this.note(outcome, expression.range);
      }
      default:
        return 'open';
    }
  }

  /** What two operands of a conjunction or disjunction, of which each is open, are together. */
  private pairs(isAnd: boolean, constraints: readonly Constraint[], place: 'filter' | 'condition'): Truth {
    const finding = isAnd ? conjunctionFinding(constraints, place) : disjunctionFinding(constraints, place);
    if (!finding) return 'open';
    this.findings.push(finding);
    // A missing field leaves `a != 1 || a != 2` unknown, so nothing is said of the whole.
    return isAnd ? 'never' : 'open';
  }

  private note({ truth, why, fixes }: Outcome, range: Range): Truth {
    if (truth !== 'open') {
      const kept = truth === 'always' ? 'always' : 'never';
      const reason = why === undefined ? '' : `: ${why}`;
      const message = `This ${kept} holds${reason}.`;
      this.findings.push({ truth: kept, range, message, ...(fixes ? { fixes } : {}) });
    }
    return truth;
  }
}

/** `… | count() = 0` and its like, behind which nothing looks at spans again. */
function holdsWithoutSpansOnly({ stages }: Pipeline): boolean {
  const last = stages.findLast(({ kind }) => kind !== 'select' && kind !== 'coalesce');
  if (last?.kind !== 'aggregate') return false;
  const { left, operator, right } = last;
  if (left.kind !== 'call' || left.function !== 'count' || right.kind !== 'literal') return false;
  const { literal } = right;
  if (literal.kind !== 'int') return false;
  const none = literal.value === 0n && (operator === '=' || operator === '<=');
  return none || (literal.value === 1n && operator === '<');
}

function scalarType(scalar: Scalar): Operand['type'] {
  return scalar.kind === 'count' || (scalar.kind === 'aggregate' && scalar.function === 'distinct')
    ? 'int'
    : 'unknown';
}

/** The side of an aggregate stage, whose types have been checked before. */
function operandOf(expression: AggregateExpression): Operand {
  return expression.kind === 'literal'
    ? literalOperand(expression.literal, expression.range)
    : aggregateOperand(expression, () => undefined);
}
