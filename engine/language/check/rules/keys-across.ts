import { printField } from '../../print/print-field.js';
import { insertFix } from '../../problems/diagnostic.js';
import type {
  CaseRuleItem,
  Clause,
  CompareTest,
  Condition,
  Field,
  FieldExpression,
  Range,
} from '../../tree/ast.js';
import { patternsOf, pipelineExpressions } from '../../tree/walk.js';
import type { ItemContext } from '../context.js';

/**
 * Warns of a rule about single traces that asks for two spans of one key, where stored traces show that key in several traces: the span
 * that it waits for may be in another one.
 */
export function checkKeysAcross(rule: CaseRuleItem, clauses: readonly Clause[], context: ItemContext): void {
  const keys = context.world.catalogue?.attributes.get('span');
  const [first] = clauses;
  if (keys === undefined || first === undefined) return;
  if (rule.settings.some(({ name }) => name.text === 'across')) return;
  const reported = new Set<string>();
  for (const { field, range } of clauses.flatMap(({ condition }) => [...sharedKeys(condition)])) {
    if (reported.has(field.key) || keys.get(field.key)?.acrossTraces !== true) continue;
    reported.add(field.key);
    const text = printField(field);
    context.report(
      'BT2709',
      range,
      `Stored spans with one \`${text}\` lie in several traces, and this rule looks at each trace by itself.`,
      {
        fixes: [
          insertFix(
            `Judge the spans of one \`${text}\``,
            first.range.start,
            `across ${text} within 1h\n\n  `,
          ),
        ],
      },
    );
  }
}

interface SharedKey {
  readonly field: Attribute;
  readonly range: Range;
}
type Attribute = Extract<Field, { kind: 'attribute' }>;

/** Attributes of spans that two spans are asked to have in common. */
function* sharedKeys(condition: Condition): Generator<SharedKey> {
  for (const { pattern } of patternsOf(condition)) {
    for (const expression of pipelineExpressions(pattern.pipeline)) yield* sharedIn(expression);
    if (pattern.where !== undefined) yield* sharedIn(pattern.where);
  }
  for (const { operator, left, right, range } of comparesOf(condition))
    if (operator === '=' && left.kind === 'field' && right.kind === 'field')
      yield* sharedBy(left.field, right.field, range);
}

function* sharedIn(expression: FieldExpression): Generator<SharedKey> {
  if (expression.kind === 'unary' || expression.kind === 'call') yield* sharedIn(expression.operand);
  if (expression.kind !== 'binary') return;
  const { operator, left, right, range } = expression;
  if (operator === '=' && left.kind === 'field' && right.kind === 'field')
    yield* sharedBy(left.field, right.field, range);
  yield* sharedIn(left);
  yield* sharedIn(right);
}

function* sharedBy(left: Field, right: Field, range: Range): Generator<SharedKey> {
  if (left.kind !== 'attribute' || right.kind !== 'attribute' || left.key !== right.key) return;
  if (left.scope !== 'span' || right.scope !== 'span' || left.bound?.text === right.bound?.text) return;
  const { bound: _, ...field } = left;
  if (left.hop === 'self' && right.hop === 'self') yield { field, range };
}

function* comparesOf(condition: Condition): Generator<CompareTest> {
  switch (condition.kind) {
    case 'and':
    case 'or':
      for (const operand of condition.operands) yield* comparesOf(operand);
      return;
    case 'not':
      yield* comparesOf(condition.operand);
      return;
    case 'compare':
      yield condition;
      return;
    case 'exists':
    case 'relation':
    case 'sequence':
  }
}
