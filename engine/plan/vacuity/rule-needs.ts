import type { Expression } from '../expression.js';
import type { PatternPlan, RulePlan } from '../plan.js';
import type { AttributeKey, StoredScope } from '../schema.js';
import { clauseNeed } from './clause-need.js';
import { forEachAtom, isMet, type Known } from './need.js';
import type { ClauseNeeds, KeptNeeds, RuleNeeds } from './needs.js';

export function needsOf(
  { clauses, settings }: Pick<RulePlan, 'clauses' | 'settings'>,
  predicates: readonly Expression[],
): RuleNeeds {
  const patterns: PatternPlan[] = [];
  const needs = clauses.map((clause): ClauseNeeds => {
    const first = patterns.length;
    const need = clauseNeed(clause, {
      predicates,
      required: settings.required,
      numberOf: (pattern) => {
        const known = patterns.findIndex((other, n) => n >= first && other.text === pattern.text);
        return known === -1 ? patterns.push(pattern) - 1 : known;
      },
    });
    return { need, patterns: patterns.slice(first).map((_, n) => first + n) };
  });
  return { clauses: needs, patterns };
}

export function keptNeeds({ clauses, patterns }: KeptNeeds): KeptNeeds {
  return { clauses, patterns: patterns.map(({ text }) => ({ text })) };
}

/**
 * What part of a run has shown of what the clauses of one rule need, as plain JSON: the numbers of patterns that matched a span and
 * the names of attributes that a span carries (`attributeName`). Only what some clause still needed is looked for in a part, so what
 * is not here need not be missing once a clause has all it needs.
 */
export interface RuleFacts {
  readonly matched: readonly number[];
  readonly carried: readonly string[];
}

export const NO_FACTS: RuleFacts = { matched: [], carried: [] };

export function bothFacts(a: RuleFacts, b: RuleFacts): RuleFacts {
  return {
    matched: [...new Set([...a.matched, ...b.matched])].sort((x, y) => x - y),
    carried: [...new Set([...a.carried, ...b.carried])].sort(),
  };
}

/** Whether all of `some` is among `facts`. */
export function includesFacts(facts: RuleFacts, some: RuleFacts): boolean {
  const { matched, carried } = bothFacts(facts, some);
  return matched.length === facts.matched.length && carried.length === facts.carried.length;
}

/** As a reader would write it: `span.gen_ai.response.model`. */
export function attributeName({ scope, key }: AttributeKey): string {
  return `${scope}.${key}`;
}

export function knownBy({ matched, carried }: RuleFacts): Known {
  return {
    matched: (pattern) => matched.includes(pattern),
    carried: (scope: StoredScope, key) => carried.includes(attributeName({ scope, key })),
  };
}

const EVERYTHING: Known = { matched: () => true, carried: () => true };

/** Whether a clause could not have failed for want of data: with more it could, without it could not. */
export function isVacuous({ need }: ClauseNeeds, facts: RuleFacts): boolean {
  return !isMet(need, knownBy(facts)) && isMet(need, EVERYTHING);
}

/** Whether a clause has what it needs: no more data can make it vacuous. */
export function isSettled({ need }: ClauseNeeds, facts: RuleFacts): boolean {
  return isMet(need, knownBy(facts));
}

/** The attributes of a clause's need of which it is not known that a span carries them. */
export function attributesToAsk({ need }: ClauseNeeds, facts: RuleFacts): readonly AttributeKey[] {
  const known = knownBy(facts);
  const asked = new Map<string, AttributeKey>();
  forEachAtom(need, (atom) => {
    if (atom.kind !== 'carried' || isMet(atom, known)) return;
    asked.set(attributeName(atom), { scope: atom.scope, key: atom.key });
  });
  return [...asked.values()];
}

/** What a run knows of one clause of a rule, and reports say. */
export interface ClauseFacts {
  /** It could not have failed for want of data. */
  readonly vacuous: boolean;
  /** Of a vacuous clause: the attributes it needs that no span of the run carries, as `span.amount`. */
  readonly missing: readonly string[];
  /** The patterns it needs that matched no span of the run. */
  readonly unmatched: readonly string[];
}

export function clauseFacts(needs: KeptNeeds, facts: RuleFacts): readonly ClauseFacts[] {
  return needs.clauses.map((clause) => {
    const vacuous = isVacuous(clause, facts);
    return {
      vacuous,
      missing: vacuous ? attributesToAsk(clause, facts).map(attributeName) : [],
      unmatched: clause.patterns.flatMap((n) =>
        facts.matched.includes(n) ? [] : [needs.patterns[n]?.text ?? ''],
      ),
    };
  });
}

/** Whether the cases of a rule that none of its clauses is violated in are vacuous, not passed. */
export function isRuleVacuous(
  { idle }: { readonly idle: boolean },
  clauses: readonly ClauseFacts[],
): boolean {
  return !idle && clauses.every(({ vacuous }) => vacuous);
}
