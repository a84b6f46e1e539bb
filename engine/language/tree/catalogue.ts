import type { AttributeScope } from './ast.js';

/** Types in which an attribute was stored. */
export type KnownType = 'string' | 'int' | 'float' | 'bool';

/**
 * The attributes that real spans are known to carry, by scope and key. It comes from stored blocks, so it is a sample:
 * what it lacks is worth a warning, never an error. A key with no types is known by name only.
 */
export interface FieldCatalogue {
  readonly attributes: ReadonlyMap<Exclude<AttributeScope, 'any'>, ReadonlyMap<string, KnownField>>;
  /** All names of stored spans; absent where there may be others. */
  readonly spanNames?: readonly string[];
}

export interface KnownField {
  readonly types: readonly KnownType[];
  /** Whether it looks like the key of something that spans traces: each value occurs in several, but not in many. */
  readonly acrossTraces?: boolean;
  /** All texts that it was stored with, where these are few and each occurs often; absent for anything else. */
  readonly values?: readonly string[];
}

interface CountedText {
  readonly text: string;
  readonly count?: number;
}

/** Of fewer spans than this for each value, others are to be expected. */
const LEAST_SPANS_A_VALUE = 5;

/**
 * The texts that something is stored with if these are a closed set, such as currencies.
 *
 * @param most how many texts are counted at most: of so many there may be more
 * @param total how many values there are in all; absent where that is not known
 */
export function closedSet(
  values: readonly CountedText[],
  most: number,
  total?: number,
): readonly string[] | undefined {
  const counted = values.reduce((sum, { count = 0 }) => sum + count, 0);
  if (values.length === 0 || values.length >= most) return undefined;
  if (counted < LEAST_SPANS_A_VALUE * values.length || (total !== undefined && counted < total))
    return undefined;
  return values.map(({ text }) => text);
}
