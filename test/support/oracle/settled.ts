/** Which tests are decided by the spans that are there, whatever starts at the end of a range or later. */
import type {
  Condition,
  Field,
  FieldExpression,
  Pattern,
  RelationTest,
  Scalar,
  SequenceTest,
  SpansetExpression,
  Stage,
} from '../../../engine/language/tree/ast.js';
import { conditionTruth, type Stand } from './condition.js';
import { isSelect } from './spanset.js';
import { endOf } from './structure.js';

/** Of a case that sees beyond the end. */
export function isSettled(condition: Condition, stand: Stand, endNs: bigint): boolean {
  switch (condition.kind) {
    case 'and':
    case 'or': {
      const decides = condition.kind === 'or';
      const settled = condition.operands.map((operand) => isSettled(operand, stand, endNs));
      const truths = condition.operands.map((operand) => conditionTruth(operand, stand));
      return settled.every(Boolean) || truths.some((truth, n) => truth === decides && settled[n]!);
    }
    case 'not':
      return isSettled(condition.operand, flipped(stand), endNs);
    default:
      return isTestSettled(condition, stand, endNs);
  }
}

function flipped(stand: Stand): Stand {
  const { mode } = stand;
  return mode === 'when' ? stand : { ...stand, mode: mode === 'always' ? 'never' : 'always' };
}

type Test = Exclude<Condition, { kind: 'and' | 'or' | 'not' }>;

function isTestSettled(test: Test, stand: Stand, endNs: bigint): boolean {
  const patterns = patternsOf(test);
  const bound = (pattern: Pattern): boolean => boundName(pattern, stand) !== undefined;
  if (!fieldsOf(test).every(isOwn)) return false;
  if (test.kind === 'compare' ? isFixed(test.left) && isFixed(test.right) : false) return true;
  // A span that `when` names may come not to match.
  if (patterns.some((pattern) => pattern.as !== undefined && !grows(pattern))) return false;
  if (patterns.length > 0 && patterns.every(bound)) return true;
  // What it refers to may come, and then it is asked.
  const mayBeAsked = stand.mode === 'always' && test.kind === 'relation' && !test.references.every(bound);
  if (mayBeAsked) return false;
  const truth = conditionTruth(test, stand);
  if (truth === true && rises(test)) return true;
  if (truth === false && falls(test)) return true;
  const last = lastStart(test, stand);
  return last !== undefined && last < endNs;
}

// -------------------------------------------------------------------------------------------- what more spans do

/** More spans never make it false. */
function rises(test: Test): boolean {
  switch (test.kind) {
    case 'exists':
      return grows(test.pattern);
    case 'relation':
      return test.relation !== 'between' && patternsOf(test).every((pattern) => grows(pattern));
    case 'sequence':
      return (
        test.steps.every(({ without }) => without.length === 0) &&
        patternsOf(test).every((pattern) => grows(pattern))
      );
    case 'compare':
      return (
        counts(test.left, test.right, test.operator, ['>', '>=']) ||
        counts(test.right, test.left, test.operator, ['<', '<='])
      );
  }
}

/** More spans never make it true. */
function falls(test: Test): boolean {
  return (
    test.kind === 'compare' &&
    (counts(test.left, test.right, test.operator, ['<', '<=']) ||
      counts(test.right, test.left, test.operator, ['>', '>=']))
  );
}

function counts(counted: Scalar, fixed: Scalar, operator: string, wanted: readonly string[]): boolean {
  const isCount =
    counted.kind === 'count' || (counted.kind === 'aggregate' && counted.function === 'distinct');
  return isCount && isFixed(fixed) && wanted.includes(operator) && grows(counted.pattern);
}

function isFixed(scalar: Scalar): boolean {
  switch (scalar.kind) {
    case 'literal':
    case 'field':
      return true;
    case 'binary':
      return isFixed(scalar.left) && isFixed(scalar.right);
    case 'negate':
    case 'call':
      return isFixed(scalar.operand);
    case 'count':
    case 'aggregate':
      return false;
  }
}

/** More spans never take one away from the pattern. */
function grows({ pipeline }: Pattern): boolean {
  const ofStage = (stage: Stage): boolean => {
    if (stage.kind === 'spanset') return ofSpanset(stage.expression);
    if (stage.kind !== 'aggregate') return true;
    const isCount = (side: typeof stage.left): boolean => side.kind === 'call' && side.function === 'count';
    const isLiteral = (side: typeof stage.left): boolean => side.kind === 'literal';
    const { operator } = stage;
    return (
      (isCount(stage.left) && isLiteral(stage.right) && ['>', '>='].includes(operator)) ||
      (isLiteral(stage.left) && isCount(stage.right) && ['<', '<='].includes(operator))
    );
  };
  const ofSpanset = (expression: SpansetExpression): boolean => {
    if (expression.kind === 'group') return expression.pipeline.stages.every(ofStage);
    if (expression.kind !== 'operation') return true;
    const { operator, left, right } = expression;
    return !operator.startsWith('!') && ofSpanset(left) && ofSpanset(right);
  };
  return pipeline.stages.every(ofStage);
}

// ------------------------------------------------------------------------------------------- the last that matters

/** The last time at which a span may start that changes the test; undefined where any may that the case sees. */
function lastStart(test: Test, stand: Stand): bigint | undefined {
  switch (test.kind) {
    case 'relation':
      return patternsOf(test).every((pattern) => isEarly(pattern)) ? lastOfRelation(test, stand) : undefined;
    case 'sequence':
      return patternsOf(test).every((pattern) => isEarly(pattern)) ? lastOfSequence(test, stand) : undefined;
    case 'exists':
      return lastOfFilter(test.pattern, stand);
    case 'compare': {
      const limits = patternsOf(test).map((pattern) => lastOfFilter(pattern, stand));
      return limits.includes(undefined) ? undefined : most(limits as bigint[]);
    }
  }
}

function most(times: readonly bigint[]): bigint {
  let latest = times[0] ?? -1n;
  for (const time of times) if (time > latest) latest = time;
  return latest;
}

function lastOfRelation(test: RelationTest, stand: Stand): bigint | undefined {
  const slack = stand.mode === 'always' ? stand.skewNs : stand.mode === 'never' ? -stand.skewNs : 0n;
  const [from, to] = test.references.map((reference) => boundSpan(reference, stand));
  if (test.relation === 'between')
    return from === undefined || to === undefined ? undefined : to.start + slack;
  const left = boundSpan(test.pattern, stand);
  const span = from ?? left;
  if (span === undefined) return undefined;
  const behind = (edge: bigint): bigint | undefined =>
    test.bound.within === undefined ? undefined : edge + test.bound.within.value + slack;
  // Whether the other span comes first.
  const earlier =
    (['before', 'starts before', 'ends before'] as string[]).includes(test.relation) === (from !== undefined);
  switch (test.relation) {
    case 'before':
    case 'after':
      return earlier ? span.start + slack : behind(endOf(span));
    case 'starts before':
    case 'starts after':
      return earlier ? span.start + slack - 1n : behind(span.start);
    case 'ends before':
    case 'ends after':
      return earlier ? endOf(span) + slack - 1n : behind(endOf(span));
    case 'during':
      return (from === undefined ? span.start : endOf(span)) + slack;
    case 'overlaps':
      return endOf(span) + slack - 1n;
    case 'under':
    case 'over':
      return undefined;
  }
}

function lastOfSequence({ steps, bound }: SequenceTest, stand: Stand): bigint | undefined {
  const skew = stand.mode === 'always' ? stand.skewNs : stand.mode === 'never' ? -stand.skewNs : 0n;
  const slack = skew > 0n ? skew * BigInt(steps.length - 1) : skew;
  const [first, last] = [steps[0]!, steps.at(-1)!].map(({ pattern }) => boundSpan(pattern, stand));
  if (last !== undefined) return last.start + slack;
  return first === undefined || bound.within === undefined
    ? undefined
    : first.start + bound.within.value + slack;
}

/** Filters, either of two, and structure: whether a span matches is known when it starts. */
function isEarly({ pipeline }: Pattern): boolean {
  const ofSpanset = (expression: SpansetExpression): boolean => {
    if (expression.kind === 'group') return ofStages(expression.pipeline.stages);
    if (expression.kind !== 'operation') return true;
    return expression.operator !== '&&' && ofSpanset(expression.left) && ofSpanset(expression.right);
  };
  const ofStages = (stages: readonly Stage[]): boolean =>
    stages.every(
      (stage) => stage.kind === 'select' || (stage.kind === 'spanset' && ofSpanset(stage.expression)),
    );
  return ofStages(pipeline.stages);
}

/** Of filters that say `span:start <= x.start`. */
function lastOfFilter(pattern: Pattern, stand: Stand): bigint | undefined {
  if (boundName(pattern, stand) !== undefined) return -1n;
  const filters: FieldExpression[] = pattern.where ? [pattern.where] : [];
  for (const stage of pattern.pipeline.stages) {
    if (stage.kind === 'select') continue;
    const expression = stage.kind === 'spanset' ? soleFilter(stage.expression) : undefined;
    if (expression === undefined) return undefined;
    if (expression.expression) filters.push(expression.expression);
  }
  const limits = filters.flatMap(conjuncts).flatMap((part) => {
    if (part.kind !== 'binary') return [];
    const [first, second] = ['<', '<=', '='].includes(part.operator)
      ? [part.left, part.right]
      : ['>', '>='].includes(part.operator)
        ? [part.right, part.left]
        : [];
    const [own, other] = [edgeOf(first), edgeOf(second)];
    if (own === undefined || own.bound !== undefined || other?.bound === undefined) return [];
    const span = stand.binding.get(other.bound.text);
    if (span === undefined) return [];
    return [other.kind === 'intrinsic' && other.name === 'span:start' ? span.start : endOf(span)];
  });
  return limits.length === 0 ? undefined : -most(limits.map((limit) => -limit));
}

function soleFilter(
  expression: SpansetExpression,
): Extract<SpansetExpression, { kind: 'filter' }> | undefined {
  return expression.kind === 'filter' ? expression : undefined;
}

function conjuncts(expression: FieldExpression): readonly FieldExpression[] {
  return expression.kind === 'binary' && expression.operator === '&&'
    ? [...conjuncts(expression.left), ...conjuncts(expression.right)]
    : [expression];
}

function edgeOf(expression: FieldExpression | undefined): Field | undefined {
  if (expression?.kind !== 'field') return undefined;
  const { field } = expression;
  const isEdge = field.kind === 'intrinsic' && (field.name === 'span:start' || field.name === 'span:end');
  return isEdge && field.hop === 'self' ? field : undefined;
}

// ------------------------------------------------------------------------------------------------ parts of tests

function boundName({ pipeline, where, as }: Pattern, { binding }: Stand): string | undefined {
  if (as !== undefined && binding.has(as.text)) return as.text;
  const [stage, ...others] = pipeline.stages;
  if (others.length > 0 || where !== undefined || stage?.kind !== 'spanset') return undefined;
  const { expression } = stage;
  return expression.kind === 'name' && binding.has(expression.name.text) ? expression.name.text : undefined;
}

function boundSpan(pattern: Pattern, stand: Stand) {
  const name = boundName(pattern, stand);
  return name === undefined ? undefined : stand.binding.get(name);
}

function patternsOf(test: Test): readonly Pattern[] {
  switch (test.kind) {
    case 'exists':
      return [test.pattern];
    case 'relation':
      return [test.pattern, ...test.references];
    case 'sequence':
      return test.steps.flatMap(({ pattern, without }) => [...without, pattern]);
    case 'compare':
      return [...scalarsOf(test.left), ...scalarsOf(test.right)].flatMap((scalar) =>
        scalar.kind === 'count' || scalar.kind === 'aggregate' ? [scalar.pattern] : [],
      );
  }
}

function scalarsOf(scalar: Scalar): readonly Scalar[] {
  switch (scalar.kind) {
    case 'binary':
      return [...scalarsOf(scalar.left), ...scalarsOf(scalar.right)];
    case 'negate':
    case 'call':
      return scalarsOf(scalar.operand);
    default:
      return [scalar];
  }
}

/** Every field that a test reads: those of `select` are only shown. */
function fieldsOf(node: unknown): readonly Field[] {
  if (Array.isArray(node)) return node.flatMap(fieldsOf);
  if (typeof node !== 'object' || node === null || isSelect(node)) return [];
  const inside = Object.values(node).flatMap(fieldsOf);
  return 'hop' in node ? [node as unknown as Field, ...inside] : inside;
}

/** What no later span changes. */
function isOwn(field: Field): boolean {
  if (field.hop !== 'self') return false;
  if (field.kind === 'attribute') return true;
  return !/^(?:nestedSet|trace:(?!id)|span:childCount)/u.test(field.name);
}
