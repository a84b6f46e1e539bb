/** Which spans of a case of a rule are asked what is different about them. */
import { leavesOf, predicatesOf } from './leaves.js';
import type { PatternPlan, RulePlan } from './plan.js';
import { conditionsOf, forEachPattern } from './visit.js';

export type CaseRole =
  /** The span that `when … as name` bound, by its index in `RulePlan.bindings`. */
  | { readonly kind: 'bound'; readonly binding: number; readonly name: string }
  /**
   * The first span of the case that a filter of the rule matches, by the number of the predicate; with the pattern that it is in. Of a flow
   * without bound spans, its first span: -1.
   */
  | { readonly kind: 'matched'; readonly predicate: number; readonly pattern: string }
  /** The root of the trace. */
  | { readonly kind: 'root' };

/** Bits of an int that roles are kept in. */
const MOST = 30;

/** In the order in which they are preferred: the root last. */
export function rolesOf(rule: RulePlan): readonly CaseRole[] {
  const bound = rule.bindings.map(({ name }, binding): CaseRole => ({ kind: 'bound', binding, name }));
  const matched = rule.flow === undefined ? matchedRoles(rule) : [];
  // The spans of a flow are of one key, whatever matches them.
  const pieces: readonly CaseRole[] =
    rule.flow !== undefined && bound.length === 0 ? [{ kind: 'matched', predicate: -1, pattern: '' }] : [];
  return [...[...bound, ...pieces, ...matched].slice(0, MOST - 1), { kind: 'root' }];
}

/** Those that no binding has already. */
function matchedRoles(rule: RulePlan): readonly CaseRole[] {
  const texts = new Map<number, string>();
  const add = (pattern: PatternPlan): void => {
    for (const { predicate } of leavesOf(pattern)) {
      const known = texts.get(predicate);
      if (known === undefined || pattern.text.length < known.length) texts.set(predicate, pattern.text);
    }
  };
  for (const condition of conditionsOf(rule)) forEachPattern(condition, add);
  const bound = new Set(
    rule.bindings.flatMap(({ pattern }) => {
      const leaves = leavesOf(pattern);
      return leaves.length === 1 ? [leaves[0]!.predicate] : [];
    }),
  );
  return [...predicatesOf(rule)]
    .filter((predicate) => !bound.has(predicate))
    .sort((a, b) => a - b)
    .map((predicate) => ({ kind: 'matched', predicate, pattern: texts.get(predicate) ?? '' }));
}
