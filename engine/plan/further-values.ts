import type { AttributeValue, ScalarValue } from '../otlp/model.js';
import type { AttributeType } from './schema.js';

/** The type of the column that a value lies in. */
export function attributeTypeOf(value: AttributeValue): AttributeType {
  if (typeof value !== 'object') return scalarTypeOf(value);
  const [first] = value;
  return first === undefined ? 'ls' : (`l${scalarTypeOf(first)}` as AttributeType);
}

function scalarTypeOf(value: ScalarValue): 's' | 'i' | 'd' | 'b' {
  switch (typeof value) {
    case 'string':
      return 's';
    case 'bigint':
      return 'i';
    case 'number':
      return 'd';
    default:
      return 'b';
  }
}

/**
 * Values as the column `further` of an attribute has them: JSON, an object of one member for each, which is called as its type is.
 * Numbers are texts, as JSON has neither 64 bits nor NaN: `[{"s":"a"},{"li":["1","2"]}]`.
 */
export function furtherText(values: readonly AttributeValue[]): string {
  return JSON.stringify(
    values.map((value) => ({
      [attributeTypeOf(value)]: typeof value === 'object' ? value.map(plain) : plain(value),
    })),
  );
}

function plain(value: ScalarValue): string | boolean {
  return typeof value === 'boolean' ? value : String(value);
}
