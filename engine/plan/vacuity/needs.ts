import type { PatternPlan } from '../plan.js';
import type { Need } from './need.js';

/** What the clauses of a rule need of the data of a run in order to fail. Plain JSON. */
export interface RuleNeeds<Pattern extends { readonly text: string } = PatternPlan> {
  /** In the order of the clauses. */
  readonly clauses: readonly ClauseNeeds[];
  /** The patterns that needs are about. */
  readonly patterns: readonly Pattern[];
}

export interface ClauseNeeds {
  readonly need: Need;
  /** The patterns that the clause is about, by their numbers. */
  readonly patterns: readonly number[];
}

/** Enough to tell from facts what a run has shown, and little enough to be kept with counts. */
export type KeptNeeds = RuleNeeds<{ readonly text: string }>;

/** The patterns are those of selections. */
export type WindowNeeds = RuleNeeds<{ readonly text: string; readonly selection: number }>;
