/**
 * Whether the clauses of a rule could have failed in a run over some traces, from what the language says: a pattern that matched nothing
 * and asks for an attribute that nothing carries cannot match, a reference that matched nothing makes no demand, and whoever counts
 * counts none of them.
 */
import type {
  AggregateExpression,
  ComparisonOperator,
  Condition,
  Field,
  FieldExpression,
  Pattern,
  Pipeline,
  Scalar,
  SpansetExpression,
} from '../../../engine/language/tree/ast.js';
import type { Span } from '../../../engine/otlp/model.js';
import { fieldsOf } from './expression.js';
import { type Binding, isEventField, isLinkField, NO_BINDING } from './fields.js';
import { isSelect, patternSpans } from './spanset.js';
import type { Whole } from './structure.js';
import { ordered } from './values.js';

/** The traces of a run with the cases that a rule has in each. */
export interface Run {
  readonly places: readonly { readonly whole: Whole; readonly cases: readonly Binding[] }[];
  readonly required: boolean;
  /** The names of bound spans. */
  readonly bound: ReadonlySet<string>;
  /** Everything is there: what could fail in no run at all is not vacuous. */
  readonly everything?: boolean;
}

export function isVacuousClause(keyword: 'always' | 'never', condition: Condition, run: Run): boolean {
  const couldFail = (run: Run): boolean => outcomes(condition, keyword, run).has(keyword === 'never');
  return !couldFail(run) && couldFail({ ...run, everything: true });
}

type Mode = 'always' | 'never';
type Outcomes = ReadonlySet<boolean>;

function set(canHold: boolean, canFail: boolean): Outcomes {
  return new Set([...(canHold ? [true] : []), ...(canFail ? [false] : [])]);
}

function outcomes(condition: Condition, mode: Mode, run: Run): Outcomes {
  switch (condition.kind) {
    case 'and':
    case 'or': {
      const all = condition.operands.map((operand) => outcomes(operand, mode, run));
      const every = (wanted: boolean): boolean => all.every((outcomes) => outcomes.has(wanted));
      const some = (wanted: boolean): boolean => all.some((outcomes) => outcomes.has(wanted));
      return condition.kind === 'and' ? set(every(true), some(false)) : set(some(true), every(false));
    }
    case 'not': {
      const inner = outcomes(condition.operand, mode === 'always' ? 'never' : 'always', run);
      return set(inner.has(false), inner.has(true));
    }
    case 'exists': {
      const { pattern } = condition;
      if (isBound(pattern, run)) return set(true, false);
      const { canMatch, canMiss } = ofPattern(pattern, run);
      return set(canMatch || occurs(pattern, run), canMiss || occurs(pattern, run));
    }
    case 'relation': {
      const referred = condition.references.every(
        (reference) => isBound(reference, run) || occurs(reference, run),
      );
      return mode === 'always'
        ? set(true, referred)
        : set(referred && couldHaveSpans(condition.pattern, run), true);
    }
    case 'sequence':
      return set(
        condition.steps.every(({ pattern }) => couldHaveSpans(pattern, run)),
        true,
      );
    case 'compare':
      return ofComparison(condition.operator, condition.left, condition.right, run);
  }
}

// ------------------------------------------------------------------------------------------------------- patterns

function isBound({ pipeline, where }: Pattern, { bound }: Run): boolean {
  const [stage, ...more] = pipeline.stages;
  if (stage?.kind !== 'spanset' || more.length > 0 || where !== undefined) return false;
  return stage.expression.kind === 'name' && bound.has(stage.expression.name.text);
}

/** Whether some span of the run matches it; in some case where it speaks of bound spans. */
function occurs(pattern: Pattern, { places, everything = false }: Run): boolean {
  if (everything) return true;
  return places.some(({ whole, cases }) => {
    const bindings = mentionsBound(pattern) ? cases : [NO_BINDING];
    return bindings.some((binding) => patternSpans(pattern, { whole, binding }).length > 0);
  });
}

/** By the shape of the syntax: a bound name as a set of spans, or before the dot of a field. */
function mentionsBound(pattern: Pattern): boolean {
  let found = false;
  JSON.stringify(pattern, (key, value: unknown) => {
    found ||= key === 'bound' || (key === 'kind' && value === 'name');
    return key === 'range' || typeof value === 'bigint' || isSelect(value) ? undefined : value;
  });
  return found;
}

function couldHaveSpans(pattern: Pattern, run: Run): boolean {
  return isBound(pattern, run) || ofPattern(pattern, run).canHaveSpans || occurs(pattern, run);
}

interface Possible {
  readonly canHaveSpans: boolean;
  readonly canMatch: boolean;
  readonly canMiss: boolean;
  readonly empty?: Empty;
}

/** What the aggregates so far say of a trace that has no span left; absent where no aggregate is asked. */
interface Empty {
  readonly accepted: boolean;
  readonly canMiss: boolean;
}

function ofPattern({ pipeline, where }: Pattern, run: Run): Possible {
  const found = ofPipeline(pipeline, run);
  if (where === undefined) return found;
  const canHaveSpans = found.canHaveSpans && truths(where, run).has(true);
  return { canHaveSpans, canMatch: canHaveSpans, canMiss: true };
}

function ofPipeline({ stages }: Pipeline, run: Run): Possible {
  let spans = true;
  let grouped = false;
  let empty: Empty | undefined;
  for (const stage of stages) {
    switch (stage.kind) {
      case 'spanset': {
        const { expression } = stage;
        spans &&= couldSelect(expression, run);
        empty =
          expression.kind === 'group' && !grouped ? ofPipeline(expression.pipeline, run).empty : undefined;
        break;
      }
      case 'by':
        spans &&= stage.expressions.every((key) => hasValue(key, run));
        grouped = true;
        empty = undefined;
        break;
      case 'aggregate': {
        const { operator, left, right } = stage;
        const found = (some: boolean): Outcomes =>
          compared(operator, aggregated(left, some, run), aggregated(right, some, run));
        const here: Outcomes = found(spans);
        const without: Outcomes = found(false);
        if (!grouped)
          empty = {
            accepted: without.has(true) && (empty?.accepted ?? true),
            canMiss: !here.has(true) || here.has(false) || (empty?.canMiss ?? false),
          };
        spans &&= here.has(true);
        break;
      }
      case 'coalesce':
      case 'select':
        break;
    }
  }
  const accepted = empty?.accepted ?? false;
  return {
    canHaveSpans: spans,
    canMatch: spans || accepted,
    canMiss: !accepted || (empty?.canMiss ?? true),
    ...(empty === undefined ? {} : { empty }),
  };
}

function couldSelect(expression: SpansetExpression, run: Run): boolean {
  switch (expression.kind) {
    case 'filter':
      return expression.expression === undefined || truths(expression.expression, run).has(true);
    case 'name':
      return true;
    case 'group':
      return ofPipeline(expression.pipeline, run).canHaveSpans;
    case 'operation': {
      const [left, right] = [couldSelect(expression.left, run), couldSelect(expression.right, run)];
      if (expression.operator === '||') return left || right;
      return expression.operator.startsWith('!') ? right : left && right;
    }
  }
}

// ---------------------------------------------------------------------------------------------------- expressions

function truths(expression: FieldExpression, run: Run): Outcomes {
  switch (expression.kind) {
    case 'literal':
      return expression.literal.kind === 'bool'
        ? set(expression.literal.value, !expression.literal.value)
        : set(false, false);
    case 'field':
      return isCarried(expression.field, run) ? set(true, true) : set(false, isOfItem(expression.field));
    case 'unary': {
      if (expression.operator !== '!') return set(false, false);
      const inner = truths(expression.operand, run);
      return set(inner.has(false), inner.has(true));
    }
    case 'parameter':
    case 'call':
      return set(false, false);
    case 'in': {
      const known = hasValue(expression.operand, run);
      return set(known, known || fieldsOf(expression).some(isOfItem));
    }
    case 'binary': {
      const { operator, left, right } = expression;
      if (operator === '&&' || operator === '||') {
        const [a, b] = [truths(left, run), truths(right, run)];
        return operator === '&&'
          ? set(a.has(true) && b.has(true), a.has(false) || b.has(false))
          : set(a.has(true) || b.has(true), a.has(false) && b.has(false));
      }
      if (['+', '-', '*', '/', '%', '^'].includes(operator)) return set(false, false);
      const nils = [left, right].filter((side) => side.kind === 'literal' && side.literal.kind === 'nil');
      if (nils.length === 2) return set(false, true);
      if (nils.length === 1) {
        const known = hasValue(nils.includes(left) ? right : left, run);
        return operator === '=' ? set(true, known || fieldsOf(expression).some(isOfItem)) : set(known, true);
      }
      const known = hasValue(left, run) && hasValue(right, run);
      return set(known, known || fieldsOf(expression).some(isOfItem));
    }
  }
}

function hasValue(expression: FieldExpression, run: Run): boolean {
  switch (expression.kind) {
    case 'parameter':
      return false;
    case 'literal':
      return expression.literal.kind !== 'nil';
    case 'field':
      return isCarried(expression.field, run);
    case 'unary':
      return expression.operator === '!'
        ? truths(expression, run).size > 0
        : hasValue(expression.operand, run);
    case 'call':
      return hasValue(expression.operand, run);
    case 'in':
      return truths(expression, run).size > 0;
    case 'binary':
      if (['+', '-', '*', '/', '%', '^'].includes(expression.operator))
        return hasValue(expression.left, run) && hasValue(expression.right, run);
      return truths(expression, run).size > 0;
  }
}

function isOfItem(field: Field): boolean {
  return isEventField(field) || isLinkField(field);
}

function isCarried(field: Field, { places, everything = false }: Run): boolean {
  if (field.kind === 'intrinsic' || everything) return true;
  const { scope, key } = field;
  return places.some(({ whole }) => whole.spans.some((span) => carries(span, scope, key)));
}

function carries(span: Span, scope: string, key: string): boolean {
  switch (scope) {
    case 'any':
      return carries(span, 'span', key) || carries(span, 'resource', key);
    case 'span':
      return span.attributes.has(key);
    case 'resource':
      return span.resource.has(key) && !(key === 'service.name' && span.resource.get(key) === '');
    case 'instrumentation':
      return span.scope.attributes.has(key);
    case 'event':
      return span.events.some(({ attributes }) => attributes.has(key));
    case 'link':
      return span.links.some(({ attributes }) => attributes.has(key));
    default:
      throw new RangeError(`no scope: ${scope}`);
  }
}

// -------------------------------------------------------------------------------------------------------- scalars

/**
 * What a side of a comparison may be: the numbers between those in the list, anything, or nothing. A count is taken for any number
 * from 0 on, so sums and products of counts are least and greatest where each is either 0 or as large as can be.
 */
type Side = readonly number[] | 'anything' | 'nothing';

const COUNTS = [0, 1e30];

function ofComparison(operator: ComparisonOperator, left: Scalar, right: Scalar, run: Run): Outcomes {
  const nil = [left, right].find((side) => side.kind === 'literal' && side.literal.kind === 'nil');
  if (nil !== undefined) {
    const known = scalarIsThere(nil === left ? right : left, run);
    return operator === '=' ? set(true, known) : set(known, true);
  }
  const found = compared(operator, scalarSide(left, run), scalarSide(right, run));
  return found.size === 0 && run.required ? set(true, true) : found;
}

function compared(operator: ComparisonOperator, left: Side, right: Side): Outcomes {
  if (left === 'nothing' || right === 'nothing') return set(false, false);
  if (left === 'anything' || right === 'anything') return set(true, true);
  const orders = new Set(left.flatMap((a) => right.map((b) => Math.sign(a - b))));
  // On the way from less to more they are equal.
  if (orders.has(-1) && orders.has(1)) orders.add(0);
  return new Set([...orders].map((order) => ordered(operator, order, 0)));
}

function scalarIsThere(scalar: Scalar, run: Run): boolean {
  switch (scalar.kind) {
    case 'literal':
      return true;
    case 'field':
      return isCarried(scalar.field, run);
    case 'count':
      return couldHaveSpans(scalar.pattern, run);
    case 'aggregate':
      return couldHaveSpans(scalar.pattern, run) && hasValue(scalar.field, run);
    case 'binary':
      return scalarIsThere(scalar.left, run) && scalarIsThere(scalar.right, run);
    case 'negate':
    case 'call':
      return scalarIsThere(scalar.operand, run);
  }
}

function scalarSide(scalar: Scalar, run: Run): Side {
  switch (scalar.kind) {
    case 'literal':
      return literalSide(scalar.literal);
    case 'field':
      return isCarried(scalar.field, run) ? 'anything' : 'nothing';
    case 'count':
      return couldHaveSpans(scalar.pattern, run) ? COUNTS : [0];
    case 'aggregate': {
      const there = scalarIsThere(scalar, run);
      if (scalar.function === 'distinct') return there ? COUNTS : [0];
      return there ? 'anything' : 'nothing';
    }
    case 'binary':
      return calculated(scalar.operator, scalarSide(scalar.left, run), scalarSide(scalar.right, run));
    case 'call':
      return scalarSide(scalar.operand, run) === 'nothing' ? 'nothing' : 'anything';
    case 'negate':
      return minus(scalarSide(scalar.operand, run));
  }
}

function aggregated(expression: AggregateExpression, some: boolean, run: Run): Side {
  switch (expression.kind) {
    case 'parameter':
      return 'anything';
    case 'literal':
      return literalSide(expression.literal);
    case 'call':
      if (expression.function === 'count') return some ? COUNTS : [0];
      return some && hasValue(expression.argument!, run) ? 'anything' : 'nothing';
    case 'binary':
      return calculated(
        expression.operator,
        aggregated(expression.left, some, run),
        aggregated(expression.right, some, run),
      );
    case 'negate':
      return minus(aggregated(expression.operand, some, run));
  }
}

function literalSide(literal: Extract<Scalar, { kind: 'literal' }>['literal']): Side {
  switch (literal.kind) {
    case 'int':
    case 'float':
    case 'duration':
    case 'time':
      return [Number(literal.value)];
    default:
      return 'anything';
  }
}

function minus(side: Side): Side {
  return typeof side === 'string' ? side : side.map((n) => -n);
}

function calculated(operator: string, left: Side, right: Side): Side {
  if (left === 'nothing' || right === 'nothing') return 'nothing';
  if (left === 'anything' || right === 'anything') return 'anything';
  const both = (combine: (a: number, b: number) => number): Side =>
    left.flatMap((a) => right.map((b) => combine(a, b)));
  const onlyZero = (side: readonly number[]): boolean => side.every((n) => n === 0);
  switch (operator) {
    case '+':
      return both((a, b) => a + b);
    case '-':
      return both((a, b) => a - b);
    case '*':
      return both((a, b) => a * b);
    case '/':
    case '%':
      if (onlyZero(right)) return 'nothing';
      return onlyZero(left) ? [0] : 'anything';
    default:
      return 'anything';
  }
}
