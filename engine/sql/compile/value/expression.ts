import { createHash } from 'node:crypto';
import { type Expression, type FieldPlan, itemOf } from '../../../plan/expression.js';
import type { AttributeKey, AttributeType } from '../../../plan/schema.js';
import { cast, hex, padded, withoutZeros } from '../../text/operations.js';
import { FALSE, join, NULL, name, type Sql, sql } from '../../text/sql.js';
import type { AttributeColumns } from '../attribute-columns.js';
import { arithmetic, negate } from './arithmetic.js';
import { compareValues, isAnyTrue } from './compare.js';
import { alignIds, isId, type Side } from './ids.js';
import {
  constantValue,
  firstPresent,
  isPresent,
  MISSING,
  onlyWhere,
  setOfInts,
  setOfTexts,
  type Value,
} from './value.js';
import { callValue } from './value-functions.js';

/** Where an expression finds its fields: table aliases, and the columns of bound spans in a case. */
export interface Scope {
  readonly columns: AttributeColumns;
  /** Alias of the row that holds the span's own columns and those of its parent and root. */
  readonly span: Sql;
  /** Alias of an event row, a link row, where the expression is about one. */
  readonly event?: Sql;
  readonly link?: Sql;
  /** Where the fields of bound spans are: by name, the alias of the case and the prefix of its columns. */
  readonly bound?: ReadonlyMap<string, Sql>;
}

/** The SQL of an expression as a typed value. `exact`: booleans must be false, not null, where they are false. */
export function compileValue(expression: Expression, scope: Scope, exact = true): Value {
  switch (expression.kind) {
    case 'constant':
      return constantValue(expression);
    case 'field':
      return fieldValue(expression.field, scope);
    case 'negate':
      return negate(compileValue(expression.operand, scope));
    case 'arithmetic':
      return arithmetic(
        expression.operator,
        compileValue(expression.left, scope),
        compileValue(expression.right, scope),
      );
    case 'call':
      return callValue(expression, compileValue(expression.operand, scope));
    case 'present':
    case 'absent':
    case 'compare':
    case 'logical':
    case 'not':
      return { b: compileBoolean(expression, scope, exact) };
  }
}

/**
 * The SQL of a boolean expression. With `exact` false the result is only good for "is it true", as in a filter without
 * negation: null may stand for false.
 */
export function compileBoolean(expression: Expression, scope: Scope, exact = false): Sql {
  switch (expression.kind) {
    case 'logical': {
      const among = setAmong(expression);
      if (among !== undefined) {
        const { operator, left, set } = among;
        return sql`(${compareValues(operator, compileValue(left, scope), set, exact)})`;
      }
      return sql`(${join(
        expression.operands.map((operand) => compileBoolean(operand, scope, exact)),
        expression.operator === 'and' ? ' AND ' : ' OR ',
      )})`;
    }
    case 'not':
      return sql`(NOT ${compileBoolean(expression.operand, scope, true)})`;
    case 'present':
      return sql`(${isPresent(compileValue(expression.operand, scope))})`;
    case 'absent':
      return sql`(NOT (${isPresent(compileValue(expression.operand, scope))}))`;
    case 'compare': {
      const { operator } = expression;
      const sides = alignIds(operator, sideOf(expression.left, scope), sideOf(expression.right, scope));
      return sql`(${compareValues(operator, ...sides, exact)})`;
    }
    case 'constant':
    case 'field':
    case 'negate':
    case 'arithmetic':
    case 'call':
      return booleanOf(compileValue(expression, scope), exact);
  }
}

/** So many values are looked up, rather than compared one by one. */
const LEAST_SET = 8;

/**
 * The texts, or the whole numbers, of a long `in` or `not in`; undefined for anything else. Ids are equal to more than one text, so they
 * are compared one by one.
 */
function setAmong({
  operator: joint,
  operands,
}: Extract<Expression, { kind: 'logical' }>):
  | { readonly operator: '=' | 'not in'; readonly left: Expression; readonly set: Value }
  | undefined {
  if (operands.length < LEAST_SET) return undefined;
  const operator = joint === 'or' ? '=' : 'not in';
  const [first] = operands;
  if (first?.kind !== 'compare' || first.right.kind !== 'constant') return undefined;
  const { type } = first.right;
  if ((type !== 'string' && type !== 'int') || (first.left.kind === 'field' && isId(first.left.field)))
    return undefined;
  const left = JSON.stringify(first.left);
  const values: string[] = [];
  for (const operand of operands) {
    if (operand.kind !== 'compare' || operand.operator !== operator) return undefined;
    if (operand.right.kind !== 'constant' || operand.right.type !== type) return undefined;
    if (operand.left !== first.left && JSON.stringify(operand.left) !== left) return undefined;
    values.push(String(operand.right.value));
  }
  return { operator, left: first.left, set: type === 'int' ? setOfInts(values) : setOfTexts(values) };
}

/** A value used as a condition: its boolean; false where it is present and no boolean; unknown where it is missing. */
function booleanOf(value: Value, exact: boolean): Sql {
  const { b, present, further, ...others } = value;
  if (further !== undefined) {
    const first = booleanOf({ ...others, ...(b === undefined ? {} : { b }) }, exact);
    return sql`(${first} OR ${isAnyTrue(further)})`;
  }
  const rest = Object.keys(others).length > 0;
  if (b === undefined && !exact) return FALSE;
  if (b === undefined) return rest ? sql`CASE WHEN ${isPresent(value)} THEN false END` : cast(NULL, 'bool');
  return rest && exact && !present ? sql`coalesce(${b}, CASE WHEN ${isPresent(others)} THEN false END)` : b;
}

function sideOf(expression: Expression, scope: Scope): Side {
  const value = compileValue(expression, scope);
  if (expression.kind === 'field') return { value, field: expression.field };
  return expression.kind === 'constant' ? { value, constant: expression } : { value };
}

// ----------------------------------------------------------------------------------------------------------- fields

/** The prefix of the columns that hold fields of the parent or the root, which are next to the span's own. */
const HOP_PREFIX = { self: '', parent: 'parent__', root: 'root__' } as const;

function fieldValue(field: FieldPlan, scope: Scope): Value {
  const item = itemOf(field);
  const own = item === undefined ? scope.span : scope[item];
  const row = field.bound === undefined ? own && sql`${own}.` : scope.bound?.get(field.bound);
  if (row === undefined) throw new Error(`no row to read ${JSON.stringify(field)} from`);
  return readField(field, scope.columns, (column) => sql`${row}${name(column)}`);
}

/** Begins the columns of a span that hold fields of the first of its events or links that has them, among all or some. */
function firstPrefix({ among }: FieldPlan): string {
  if (among === undefined) return 'first__';
  return `first_${createHash('sha256').update(JSON.stringify(among)).digest('hex').slice(0, 12)}__`;
}

/** The base columns that a field is made of, without a bound prefix; a list because attributes have one a type. */
export function fieldColumns(field: FieldPlan, columns: AttributeColumns): readonly string[] {
  const read = new Set<string>();
  readField(field, columns, (column) => {
    read.add(column);
    return name(column);
  });
  return [...read];
}

function readField(field: FieldPlan, columns: AttributeColumns, columnOf: (column: string) => Sql): Value {
  const { source, hop } = field;
  const prefix = HOP_PREFIX[hop];
  // The trace is the same whichever of its spans one asks, but the span that is asked may not be there.
  if (hop !== 'self' && source.kind === 'intrinsic' && source.name.startsWith('trace:'))
    return onlyWhere(
      readField({ ...field, hop: 'self' }, columns, columnOf),
      sql`${columnOf(`${prefix}row`)} IS NOT NULL`,
    );
  const column = (own: string): Sql => columnOf(`${prefix}${own}`);
  if (source.kind === 'attribute') {
    const stored = (own: string): Sql => column(field.first ? `${firstPrefix(field)}${own}` : own);
    const attributeOf = (attribute: AttributeKey): Value => attributeValue(attribute, columns, stored);
    return source.scope === 'any'
      ? firstPresent(
          attributeOf({ scope: 'span', key: source.key }),
          attributeOf({ scope: 'resource', key: source.key }),
        )
      : attributeOf({ scope: source.scope, key: source.key });
  }
  const present = hop === 'self';
  const item = (kind: 'event' | 'link', own: string): Sql =>
    field.first ? column(`${firstPrefix(field)}${kind}__${own}`) : columnOf(own);
  const eachHas = field.first === undefined;
  switch (source.name) {
    case 'span:name':
      return { s: column('name'), present };
    case 'span:statusMessage':
      return { s: column('status_message'), present };
    case 'span:kind':
      return { kind: column('kind'), present };
    case 'span:status':
      return { status: column('status'), present };
    case 'span:id':
      return { s: hex(column('span_id')), present };
    case 'span:parentID':
      // A root, which has none, shows zeros as in Tempo.
      return { s: padded(hex(column('parent_id')), 16), present };
    case 'span:childCount':
      return { i: column('child_count'), present };
    case 'span:duration':
      return { i: column('duration_ns'), present };
    case 'span:start':
      return { i: column('start_ns'), present };
    case 'span:end':
      return { i: sql`(${column('start_ns')} + ${column('duration_ns')})`, present };
    case 'instrumentation:name':
      return { s: column('scope_name'), present };
    case 'instrumentation:version':
      return { s: column('scope_version'), present };
    case 'nestedSetLeft':
      return { i: cast(column('nested_left'), 'int64'), present };
    case 'nestedSetRight':
      return { i: cast(column('nested_right'), 'int64'), present };
    case 'nestedSetParent':
      return { i: cast(column('nested_parent'), 'int64'), present };
    case 'trace:id':
      return { s: withoutZeros(hex(columnOf('trace__trace_id'))), present: true };
    case 'trace:start':
      return { i: columnOf('trace__start_ns'), present: true };
    case 'trace:end':
      return { i: columnOf('trace__end_ns'), present: true };
    case 'trace:duration':
      return { i: sql`(${columnOf('trace__end_ns')} - ${columnOf('trace__start_ns')})`, present: true };
    case 'trace:rootName':
      return { s: columnOf('trace__root_name') };
    case 'trace:rootService':
      return { s: columnOf('trace__root_service') };
    case 'event:name':
      return { s: item('event', 'name'), present: eachHas };
    case 'event:timeSinceStart':
      return { i: item('event', 'time_since_start_ns'), present: eachHas };
    case 'link:traceID':
      return { s: hex(item('link', 'trace_id')), present: eachHas };
    case 'link:spanID':
      return { s: hex(item('link', 'span_id')), present: eachHas };
  }
}

/** An attribute in a row of its relation; `columnOf` says where a column is. */
export function attributeValue(
  attribute: AttributeKey,
  columns: AttributeColumns,
  columnOf: (column: string) => Sql,
): Value {
  const occurring = columns.columnsFor(attribute);
  if (occurring.length === 0) return MISSING;
  const parts: { -readonly [Type in AttributeType]?: Sql } & { further?: { values: Sql } } = {};
  for (const column of occurring) {
    const stored = columnOf(columns.column(attribute, column));
    if (column === 'further') parts.further = { values: stored };
    else parts[column] = stored;
  }
  return parts;
}
