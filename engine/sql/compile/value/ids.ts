import type { CompareOperator, Constant, FieldPlan } from '../../../plan/expression.js';
import { ATTRIBUTE_TYPES } from '../../../plan/schema.js';
import { changedList, padded, withoutZeros } from '../../text/operations.js';
import { type Sql, sql } from '../../text/sql.js';
import { constantValue, type Value } from './value.js';

/** One side of a comparison, with as much of where it comes from as matters to ids. */
export interface Side {
  readonly value: Value;
  readonly field?: FieldPlan;
  readonly constant?: Constant;
}

/**
 * Both sides of a comparison, so that ids are equal whatever the case of their letters, and trace ids whatever number of zeros
 * leads them. What looks into a text, or orders it, sees all 32 digits of a trace id.
 */
export function alignIds(operator: CompareOperator, left: Side, right: Side): readonly [Value, Value] {
  const ids = [idOf(left), idOf(right)];
  if (ids.every((id) => id === undefined)) return [left.value, right.value];
  const asEqual = operator === '=' || operator === '!=' || operator === 'not in';
  const trimmed = asEqual && ids.includes('trace');
  const align = (side: Side): Value => {
    if (side.constant !== undefined) {
      // A root, which has no parent, is found by the empty text too.
      const isEmpty = side.constant.type === 'string' && side.constant.value === '';
      if (asEqual && isEmpty && [left, right].some(isParentId))
        return constantOf(operator, { ...side.constant, value: NO_PARENT }, false);
      return constantOf(operator, side.constant, trimmed);
    }
    const id = idOf(side);
    if (id === undefined) return everyText(side.value, (text) => zeros(sql`lower(${text})`, trimmed));
    if (id === 'span') return side.value;
    return everyText(side.value, (text) => (trimmed ? zeros(text, true) : padded(text, 32)));
  };
  return [align(left), align(right)];
}

/** As `span:parentID` of a root reads. */
const NO_PARENT = '0'.repeat(16);

function isParentId({ field }: Side): boolean {
  return field?.source.kind === 'intrinsic' && field.source.name === 'span:parentID';
}

export function isId(field: FieldPlan): boolean {
  return idOf({ field }) !== undefined;
}

function idOf({ field }: Pick<Side, 'field'>): 'span' | 'trace' | undefined {
  if (field?.source.kind !== 'intrinsic') return undefined;
  switch (field.source.name) {
    case 'span:id':
    case 'span:parentID':
    case 'link:spanID':
      return 'span';
    case 'trace:id':
    case 'link:traceID':
      return 'trace';
    default:
      return undefined;
  }
}

function constantOf(operator: CompareOperator, constant: Constant, trimmed: boolean): Value {
  if (constant.type !== 'string') return constantValue(constant);
  const { value } = constant;
  // Lower case would turn \D into \d.
  if (operator === '=~' || operator === '!~') return constantValue({ ...constant, value: `(?i:${value})` });
  const lower = value.toLowerCase();
  return constantValue({ ...constant, value: trimmed ? lower.replace(/^0+/, '') : lower });
}

function everyText(value: Value, change: (text: Sql) => Sql): Value {
  return {
    ...value,
    ...(value.s === undefined ? {} : { s: change(value.s) }),
    ...(value.further && {
      further: { ...value.further, change: (value: Value) => everyText(value, change) },
    }),
    ...(value.ls === undefined ? {} : { ls: changedList(value.ls, ATTRIBUTE_TYPES.ls, 'x', change) }),
  };
}

function zeros(text: Sql, trimmed: boolean): Sql {
  return trimmed ? withoutZeros(text) : text;
}
