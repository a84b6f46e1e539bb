import type { Hint } from '../language/tree/ast-query.js';
import { lowerLiteral } from './lower/lower-expression.js';

/** Of `with (…)` by name; of two of one name the last. Durations are nanoseconds. */
export type HintPlan = Readonly<Record<string, string | number | boolean>>;

export function lowerHints(hints: readonly Hint[]): HintPlan {
  return Object.fromEntries(
    hints.flatMap(({ name, value }) => {
      if (value.kind === 'nil') return [];
      const constant = lowerLiteral(value);
      return [[name.text, constant.type === 'int' ? Number(constant.value) : constant.value] as const];
    }),
  );
}
