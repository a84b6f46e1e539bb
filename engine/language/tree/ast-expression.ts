/** What is in filters: expressions, fields and literals. Part of the tree that `ast.ts` describes. */
import type { Name, Range } from './ast.js';
import type { KindName, StatusName } from './kinds.js';

interface Node {
  readonly range: Range;
}

interface Parenthesised {
  /** How many pairs of parentheses were written around this node; absent for none. */
  readonly parens?: number;
}

export type ComparisonOperator = '=' | '!=' | '<' | '<=' | '>' | '>=' | '=~' | '!~';
export type ArithmeticOperator = '+' | '-' | '*' | '/' | '%' | '^';
export type FieldOperator =
  | '&&'
  | '||'
  | ComparisonOperator
  | ArithmeticOperator
  | 'contains'
  | 'starts with';

export type FieldExpression =
  | LiteralExpression
  | FieldReference
  | UnaryExpression
  | BinaryExpression
  | InExpression
  | CallExpression
  | ParameterReference;

export interface LiteralExpression extends Node, Parenthesised {
  readonly kind: 'literal';
  readonly literal: Literal;
}

export interface FieldReference extends Node, Parenthesised {
  readonly kind: 'field';
  readonly field: Field;
}

export interface UnaryExpression extends Node, Parenthesised {
  readonly kind: 'unary';
  readonly operator: '!' | '-';
  readonly operand: FieldExpression;
}

export interface BinaryExpression extends Node, Parenthesised {
  readonly kind: 'binary';
  readonly operator: FieldOperator;
  readonly left: FieldExpression;
  readonly right: FieldExpression;
}

/** `x in (1, 2)`, `x not in ("a")`, `x in eu`. */
export interface InExpression extends Node, Parenthesised {
  readonly kind: 'in';
  readonly negated: boolean;
  readonly operand: FieldExpression;
  /** As written; none where a list is named, until it is filled in. */
  readonly items: readonly Literal[];
  readonly list?: Name;
}

/** A parameter of the `let` that the expression is in; filled in where the let is used. */
export interface ParameterReference extends Node, Parenthesised {
  readonly kind: 'parameter';
  readonly name: Name;
}

/** A function of one value: `lower(s)`, `hour(t, "Europe/Berlin")`. */
export interface Call<Operand> extends Node, Parenthesised {
  readonly kind: 'call';
  readonly function: ValueFunction;
  readonly operand: Operand;
  /** Of functions of times: where it is that hour, that day. UTC without. */
  readonly zone?: StringLiteral;
}

export interface CallExpression extends Call<FieldExpression> {}

/** `value-functions.ts` has what they take and give. */
export type ValueFunction = 'lower' | 'length' | 'hour' | 'weekday' | 'date';

export type AttributeScope = 'any' | 'span' | 'resource' | 'event' | 'link' | 'instrumentation';

/** Which span a field is read from: the one at hand, its parent, or the root of its trace. */
export type FieldHop = 'self' | 'parent' | 'root';

export type Field = AttributeField | IntrinsicField;

interface FieldBase extends Node {
  /** Read from this bound span instead of the one at hand: the `x` of `x.span.amount`. */
  readonly bound?: Name;
  readonly hop: FieldHop;
}

export interface AttributeField extends FieldBase {
  readonly kind: 'attribute';
  /** `any` is the unscoped `.key`: the span's attribute, else the resource's. */
  readonly scope: AttributeScope;
  /** Unquoted and unescaped. */
  readonly key: string;
}

export interface IntrinsicField extends FieldBase {
  readonly kind: 'intrinsic';
  readonly name: Intrinsic;
  /** As the text has it when that is not the canonical name: `duration` for `span:duration`, `start` in `c.start`. */
  readonly spelling?: string;
}

/** Canonical names; `fields.ts` has their types and other spellings. */
export type Intrinsic =
  | 'span:name'
  | 'span:kind'
  | 'span:status'
  | 'span:statusMessage'
  | 'span:id'
  | 'span:parentID'
  | 'span:childCount'
  | 'span:duration'
  | 'span:start'
  | 'span:end'
  | 'trace:id'
  | 'trace:start'
  | 'trace:end'
  | 'trace:duration'
  | 'trace:rootName'
  | 'trace:rootService'
  | 'event:name'
  | 'event:timeSinceStart'
  | 'link:traceID'
  | 'link:spanID'
  | 'instrumentation:name'
  | 'instrumentation:version'
  | 'nestedSetLeft'
  | 'nestedSetRight'
  | 'nestedSetParent';

export type Literal =
  | StringLiteral
  | IntLiteral
  | FloatLiteral
  | DurationLiteral
  | TimeLiteral
  | BoolLiteral
  | StatusLiteral
  | KindLiteral
  | NilLiteral;

/** `raw` on numbers and strings is the text as written, kept so that formatting does not rewrite `1e3` or a raw string. */
export interface StringLiteral extends Node {
  readonly kind: 'string';
  readonly value: string;
  readonly raw: string;
}
/** 64-bit signed. `minInt` and `maxInt` are ints. */
export interface IntLiteral extends Node {
  readonly kind: 'int';
  readonly value: bigint;
  readonly raw: string;
}
export interface FloatLiteral extends Node {
  readonly kind: 'float';
  readonly value: number;
  readonly raw: string;
}
export interface DurationLiteral extends Node {
  readonly kind: 'duration';
  /** Nanoseconds. */
  readonly value: bigint;
  readonly raw: string;
}
/** `@2026-12-31`, `@2026-12-31T18:00:00Z`. */
export interface TimeLiteral extends Node {
  readonly kind: 'time';
  /** Nanoseconds since 1970. */
  readonly value: bigint;
  readonly raw: string;
}
export interface BoolLiteral extends Node {
  readonly kind: 'bool';
  readonly value: boolean;
}
export interface StatusLiteral extends Node {
  readonly kind: 'status';
  readonly value: StatusName;
}
export interface KindLiteral extends Node {
  readonly kind: 'kind';
  readonly value: KindName;
}
/** Only with `=` or `!=`. */
export interface NilLiteral extends Node {
  readonly kind: 'nil';
}
