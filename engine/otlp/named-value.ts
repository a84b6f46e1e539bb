import type { ScalarValue } from './model.js';

/** A value by what it is the value of: an attribute of a span, or a label of a series. */
export interface NamedValue {
  readonly name: string;
  readonly value: ResultValue;
}

/** `null` is "has none", as the label of a group; lists are arrays of one type. */
export type ResultValue = ScalarValue | readonly ScalarValue[] | null;
