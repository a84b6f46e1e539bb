import type { ScalarValue } from '../../../engine/otlp/model.js';
import type { NamedValue, ResultValue } from '../../../engine/otlp/named-value.js';
import type { AnyValue, KeyValue } from '../proto/otlp.js';

export function keyValues(values: readonly NamedValue[]): readonly KeyValue[] {
  return values.map(({ name, value }) => ({ key: name, value: anyValue(value) }));
}

/** Tempo spells the value that is absent `nil`, as a string. */
export function anyValue(value: ResultValue): AnyValue {
  if (value === null) return { stringValue: 'nil' };
  return isList(value) ? { arrayValue: { values: value.map(scalarValue) } } : scalarValue(value);
}

/** `Array.isArray` does not narrow lists that are read only. */
function isList(value: ScalarValue | readonly ScalarValue[]): value is readonly ScalarValue[] {
  return Array.isArray(value);
}

function scalarValue(value: ScalarValue): AnyValue {
  switch (typeof value) {
    case 'string':
      return { stringValue: value };
    case 'bigint':
      return { intValue: value };
    case 'number':
      return { doubleValue: value };
    case 'boolean':
      return { boolValue: value };
  }
}
