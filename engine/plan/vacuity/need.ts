import type { StoredScope } from '../schema.js';

/**
 * What a clause needs of the data of a run in order to fail: plain JSON that needs nothing else to be evaluated. More data never
 * makes a need unmet again, so what is known of parts of a run adds up, in any order.
 */
export type Need =
  /** Met where all are; without any, always. */
  | { readonly kind: 'all'; readonly of: readonly Need[] }
  /** Met where one is; without any, never. */
  | { readonly kind: 'any'; readonly of: readonly Need[] }
  /** Some span of the run (event, link) carries the attribute. */
  | { readonly kind: 'carried'; readonly scope: StoredScope; readonly key: string }
  /** Some span of the run matched the pattern: its number among those of the rule (`RuleNeeds.patterns`). */
  | { readonly kind: 'matched'; readonly pattern: number };

export const NOTHING: Need = { kind: 'all', of: [] };
export const IMPOSSIBLE: Need = { kind: 'any', of: [] };

export function isNothing(need: Need): boolean {
  return need.kind === 'all' && need.of.length === 0;
}

export function isImpossible(need: Need): boolean {
  return need.kind === 'any' && need.of.length === 0;
}

export function allOf(needs: readonly Need[]): Need {
  if (needs.some(isImpossible)) return IMPOSSIBLE;
  const flat = distinct(needs.flatMap((need) => (need.kind === 'all' ? need.of : [need])));
  const [only] = flat;
  return flat.length === 1 && only !== undefined ? only : { kind: 'all', of: flat };
}

export function anyOf(needs: readonly Need[]): Need {
  if (needs.some(isNothing)) return NOTHING;
  const flat = distinct(needs.flatMap((need) => (need.kind === 'any' ? need.of : [need])));
  const [only] = flat;
  return flat.length === 1 && only !== undefined ? only : { kind: 'any', of: flat };
}

function distinct(needs: readonly Need[]): readonly Need[] {
  return [...new Map(needs.map((need) => [JSON.stringify(need), need])).values()];
}

/** What is known of the data of a run. */
export interface Known {
  carried(scope: StoredScope, key: string): boolean;
  matched(pattern: number): boolean;
}

export function isMet(need: Need, known: Known): boolean {
  switch (need.kind) {
    case 'all':
      return need.of.every((need) => isMet(need, known));
    case 'any':
      return need.of.some((need) => isMet(need, known));
    case 'carried':
      return known.carried(need.scope, need.key);
    case 'matched':
      return known.matched(need.pattern);
  }
}

/** Calls `visit` for every attribute and pattern in it. */
export function forEachAtom(
  need: Need,
  visit: (atom: Extract<Need, { kind: 'carried' | 'matched' }>) => void,
): void {
  if (need.kind === 'all' || need.kind === 'any') for (const part of need.of) forEachAtom(part, visit);
  else visit(need);
}
