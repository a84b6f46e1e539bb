/** The syntax tree of BeTrace v2's rules: `when { … } always { … } never { … }`. */

export interface OldRule {
  readonly when: OldCondition;
  readonly always?: OldCondition;
  readonly never?: OldCondition;
}

export type OldCondition =
  | { readonly kind: 'and' | 'or'; readonly operands: readonly OldCondition[] }
  | { readonly kind: 'not'; readonly operand: OldCondition }
  | OldCount
  | OldSpan;

/** `count(http.retry) > 3`. */
export interface OldCount {
  readonly kind: 'count';
  readonly name: string;
  readonly operator: OldOperator;
  readonly right: OldValue;
}

/** `payment.charge.where(amount > 1000)`, or the mistaken `payment.amount > 1000`. */
export interface OldSpan {
  readonly kind: 'span';
  readonly name: string;
  /** All hold of one span. */
  readonly where: readonly OldTest[];
  readonly compared?: { readonly operator: OldOperator; readonly right: OldValue };
}

export type OldTest =
  | { readonly kind: 'and' | 'or'; readonly operands: readonly OldTest[] }
  | { readonly kind: 'not'; readonly operand: OldTest }
  | {
      readonly kind: 'compare';
      readonly attribute: OldAttribute;
      readonly operator: OldOperator;
      readonly right: OldValue;
    }
  /** `where(verified)`. */
  | { readonly kind: 'flag'; readonly attribute: OldAttribute };

export interface OldAttribute {
  readonly key: string;
  /** A key with a dot and without quotes, which the old parser refused. */
  readonly bare: boolean;
}

export type OldOperator = '==' | '!=' | '<=' | '>=' | '<' | '>' | 'in' | 'matches' | 'contains';

export type OldValue =
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'word'; readonly value: string }
  | { readonly kind: 'list'; readonly items: readonly { readonly text: string; readonly quoted: boolean }[] }
  | { readonly kind: 'count'; readonly name: string };
