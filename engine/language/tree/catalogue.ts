import type { AttributeScope } from './ast.js';

/** Types in which an attribute was stored. */
export type KnownType = 'string' | 'int' | 'float' | 'bool';

/**
 * The attributes that real spans are known to carry, by scope and key. It comes from stored blocks, so it is a sample:
 * what it lacks is worth a warning, never an error. A key with no types is known by name only.
 */
export type FieldCatalogue = ReadonlyMap<Exclude<AttributeScope, 'any'>, ReadonlyMap<string, KnownField>>;

export interface KnownField {
  readonly types: readonly KnownType[];
  /** Whether it looks like the key of something that spans traces: each value occurs in several, but not in many. */
  readonly acrossTraces?: boolean;
}
