/** What a clause compares on a span that it may find. */
import type { Condition, Field, FieldExpression, Pattern } from '../../../engine/language/tree/ast.js';
import type { Span, Trace } from '../../../engine/otlp/model.js';
import { filterMatches } from './expression.js';
import type { Binding } from './fields.js';
import { shownValues } from './search.js';
import { wholeTrace } from './structure.js';
import type { Value } from './values.js';

export interface ComparedOn {
  /** Of a bound span none, as the case has its values. */
  readonly field: Field;
  /** One, or several where the events or links of the span differ; none where it is missing. */
  readonly values: readonly Value[];
  /**
   * A filter mentions the field, and not to ask for one value of it, and all filters of its pattern match the span: it has to be
   * shown.
   */
  readonly matched: boolean;
}

/** Every field that the clause mentions, with what the span has of it. */
export function comparedOn(
  condition: Condition,
  span: Span,
  trace: Trace,
  binding: Binding,
): readonly ComparedOn[] {
  const scene = { whole: wholeTrace(trace), binding, span };
  const certain = new Set<Field>();
  // A stage may see only what those before it left, so a filter alone decides nothing.
  for (const { pipeline, where } of nodesOf(condition, isPattern)) {
    const filters = [...nodesOf(pipeline, isFilter).map(({ expression }) => expression), where];
    if (filters.every((filter) => filterMatches(filter, scene)))
      for (const part of filters.flatMap((filter) => (filter === undefined ? [] : conjuncts(filter))))
        if (!asksForOneValue(part)) for (const field of nodesOf(part, isField)) certain.add(field);
  }
  return nodesOf(condition, isField)
    .filter((field) => field.bound === undefined)
    .map((field) => ({
      field,
      values: shownValues(field, span, trace),
      matched: certain.has(field),
    }));
}

function conjuncts(expression: FieldExpression): readonly FieldExpression[] {
  return expression.kind === 'binary' && expression.operator === '&&'
    ? [...conjuncts(expression.left), ...conjuncts(expression.right)]
    : [expression];
}

function asksForOneValue(expression: FieldExpression): boolean {
  if (expression.kind === 'in') return expression.items.length === 1 && !expression.negated;
  return (
    expression.kind === 'binary' &&
    expression.operator === '=' &&
    [expression.left, expression.right].some(({ kind }) => kind === 'literal')
  );
}

interface Filter {
  readonly kind: 'filter';
  readonly expression?: FieldExpression;
}

function isPattern(node: object): node is Pattern {
  return 'pipeline' in node && !('kind' in node);
}

function isFilter(node: object): node is Filter {
  return 'kind' in node && node.kind === 'filter';
}

function isField(node: object): node is Field {
  return 'hop' in node;
}

/** Every node in a tree that is of a kind, whatever holds it. */
function nodesOf<T extends object>(tree: object, is: (node: object) => node is T): readonly T[] {
  const inside = Object.values(tree).flatMap((child: unknown) =>
    typeof child === 'object' && child !== null ? nodesOf(child, is) : [],
  );
  return is(tree) ? [tree, ...inside] : inside;
}
