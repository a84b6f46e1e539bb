import type { RulePlan } from '../plan/plan.js';
import type { Doubts } from './judge/evaluator.js';

/** Why a rule could not tell about cases: of those that were looked at, which is some of them now and then. */
export interface Doubt {
  readonly rule: RulePlan;
  /** Cases that were looked at. */
  readonly looked: number;
  /** What was missing in them, in the words of a replay, with the number of cases. */
  readonly missing: ReadonlyMap<string, number>;
  /** When they were; milliseconds of the clock that passes evenly. */
  readonly at: number;
}

/** A rule that cannot tell anything must not cost a statement for each batch of traces. */
const EVERY_MS = 10_000;

/** Whether it is time to look at what is missing where the rule cannot tell. */
export function isToLook(
  { doubt }: { readonly doubt?: Doubt },
  { revision }: RulePlan,
  now: number,
): boolean {
  return doubt?.rule.revision !== revision || now - doubt.at >= EVERY_MS;
}

/** Adds what was found; returns what had not been missing before. A rule that was changed begins anew. */
export function addDoubt(
  counts: { doubt?: Doubt },
  rule: RulePlan,
  { looked, missing }: Doubts,
  now: number,
): readonly string[] {
  const before = counts.doubt?.rule.revision === rule.revision ? counts.doubt : undefined;
  const all = new Map(before?.missing);
  for (const [name, count] of missing) all.set(name, (all.get(name) ?? 0) + count);
  counts.doubt = { rule, at: now, looked: (before?.looked ?? 0) + looked, missing: all };
  return [...missing.keys()].filter((name) => before?.missing.has(name) !== true);
}
