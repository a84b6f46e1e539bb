import type { AttributeScope, FieldHop, Intrinsic, ValueFunction } from '../language/tree/ast.js';
import { intrinsicInfo } from '../language/tree/intrinsics.js';
import { attributeNameText } from '../language/tree/literals-attribute.js';

/**
 * A field expression as plain JSON: literals by value, status and kind as their OTLP numbers, `in` lists and nil tests
 * spelled out, no text positions.
 */
export type Expression =
  | Constant
  | { readonly kind: 'field'; readonly field: FieldPlan }
  | { readonly kind: 'logical'; readonly operator: 'and' | 'or'; readonly operands: readonly Expression[] }
  | { readonly kind: 'not'; readonly operand: Expression }
  | { readonly kind: 'negate'; readonly operand: Expression }
  | {
      readonly kind: 'compare';
      readonly operator: CompareOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | {
      readonly kind: 'arithmetic';
      readonly operator: ArithmeticOperator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | CallPlan
  /** `x != nil` and `x = nil`, which are never unknown. */
  | { readonly kind: 'present' | 'absent'; readonly operand: Expression };

/** `lower(s)`, `hour(t, "Europe/Berlin")`: missing where the operand is of another type; of several values of a key the first counts. */
export interface CallPlan {
  readonly kind: 'call';
  readonly function: ValueFunction;
  readonly operand: Expression;
  /** A name of the IANA database; UTC without. */
  readonly zone?: string;
}

export type CompareOperator =
  | '='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | '=~'
  | '!~'
  | 'contains'
  | 'starts with'
  /** `x not in (…)` for one item: `!=`, but of an array every element has to differ. */
  | 'not in';

/**
 * `/` between ints gives an int. Where a side is a duration it is never that: `share` divides a duration by a plain number and
 * gives a duration, `ratio` divides anything by a duration and gives a plain number, both of them doubles.
 */
export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '^' | 'ratio' | 'share';

export type Constant =
  | { readonly kind: 'constant'; readonly type: 'string'; readonly value: string }
  /** Decimal text of a 64-bit integer (JSON numbers lose digits). Durations are ints, in nanoseconds. */
  | { readonly kind: 'constant'; readonly type: 'int'; readonly value: string }
  | { readonly kind: 'constant'; readonly type: 'double'; readonly value: number }
  | { readonly kind: 'constant'; readonly type: 'bool'; readonly value: boolean }
  | { readonly kind: 'constant'; readonly type: 'status' | 'kind'; readonly value: number };

/** A field of the span at hand, of its parent or root, or of a bound span. */
export interface FieldPlan {
  readonly bound?: string;
  readonly hop: FieldHop;
  readonly source: FieldSource;
  /** Of the first event (link) of the span, in stored order, that has the field; without it, of the event (link) at hand. */
  readonly first?: true;
  /** Of those only that satisfy this: the filter that the spans came from. */
  readonly among?: Expression;
}

export type FieldSource =
  | { readonly kind: 'intrinsic'; readonly name: Intrinsic }
  | { readonly kind: 'attribute'; readonly scope: AttributeScope; readonly key: string };

/** Calls `visit` for every field that the expression reads. */
export function forEachField(expression: Expression, visit: (field: FieldPlan) => void): void {
  switch (expression.kind) {
    case 'constant':
      return;
    case 'field':
      visit(expression.field);
      if (expression.field.among !== undefined) forEachField(expression.field.among, visit);
      return;
    case 'logical':
      for (const operand of expression.operands) forEachField(operand, visit);
      return;
    case 'not':
    case 'negate':
    case 'call':
    case 'present':
    case 'absent':
      forEachField(expression.operand, visit);
      return;
    case 'compare':
    case 'arithmetic':
      forEachField(expression.left, visit);
      forEachField(expression.right, visit);
      return;
  }
}

function mentions(expression: Expression, test: (field: FieldPlan) => boolean): boolean {
  let found = false;
  forEachField(expression, (field) => {
    found ||= test(field);
  });
  return found;
}

export function mentionsBound(expression: Expression): boolean {
  return mentions(expression, (field) => field.bound !== undefined);
}

/** What a span may have several of. */
export type Item = 'event' | 'link';

/** Which rows other than the span's own an expression is about: one event, one link, or both. */
export function mentionsItem(expression: Expression, item: Item): boolean {
  return mentions(expression, (field) => itemOf(field) === item);
}

/** Whether an expression asks nothing of events and links. */
export function isPlain(expression: Expression): boolean {
  return !mentionsItem(expression, 'event') && !mentionsItem(expression, 'link');
}

/** Whether a field is read of an event or link at hand rather than of a span. */
export function itemOf({ first, source }: FieldPlan): Item | undefined {
  return first ? undefined : ownerOf(source);
}

/** Whether events or links have the field rather than spans. */
export function ownerOf(source: FieldSource): Item | undefined {
  if (source.kind === 'attribute')
    return source.scope === 'event' || source.scope === 'link' ? source.scope : undefined;
  const { of: owner } = intrinsicInfo(source.name);
  return owner === 'event' || owner === 'link' ? owner : undefined;
}

export const TRUE: Expression = { kind: 'constant', type: 'bool', value: true };

/** The conjunction, flattened; no operands is `true`. */
export function allOf(operands: readonly Expression[]): Expression {
  const flat = operands.flatMap(conjuncts);
  const [only] = flat;
  if (only === undefined) return TRUE;
  return flat.length === 1 ? only : { kind: 'logical', operator: 'and', operands: flat };
}

/** The operands of a conjunction, or the expression itself; `true` has none. */
export function conjuncts(expression: Expression): readonly Expression[] {
  if (expression.kind === 'logical' && expression.operator === 'and')
    return expression.operands.flatMap(conjuncts);
  return isTrue(expression) ? [] : [expression];
}

export function isTrue(expression: Expression): boolean {
  return expression.kind === 'constant' && expression.type === 'bool' && expression.value;
}

/** A field as a reader would write it. */
export function fieldText({ bound, hop, source }: FieldPlan): string {
  const owner = `${bound === undefined ? '' : `${bound}.`}${hop === 'self' ? '' : `${hop}.`}`;
  if (source.kind === 'intrinsic') return `${owner}${source.name}`;
  const key = attributeNameText(source.key);
  return source.scope === 'any' ? `${owner || '.'}${key}` : `${owner}${source.scope}.${key}`;
}
