import type { ValueFunction } from './ast.js';

/** What a function of one value takes and gives. */
export interface ValueFunctionFacts {
  readonly takes: 'string' | 'time';
  readonly gives: 'string' | 'int' | 'time';
}

/** Those of times take a zone too. */
export const VALUE_FUNCTIONS: Readonly<Record<ValueFunction, ValueFunctionFacts>> = {
  lower: { takes: 'string', gives: 'string' },
  length: { takes: 'string', gives: 'int' },
  hour: { takes: 'time', gives: 'int' },
  weekday: { takes: 'time', gives: 'int' },
  date: { takes: 'time', gives: 'time' },
};

/** The functions that take values of a type. */
export function functionsOf(type: ValueFunctionFacts['takes']): readonly ValueFunction[] {
  const all = Object.keys(VALUE_FUNCTIONS) as readonly ValueFunction[];
  return all.filter((name) => VALUE_FUNCTIONS[name].takes === type);
}
