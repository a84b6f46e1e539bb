import type { Expectation } from '../language/tree/ast.js';
import { clauseName } from '../language/words/clause-name.js';
import type { FoundViolation } from '../verdicts/violation.js';

/** What a rule gave for the spans of one test. */
export interface Given {
  pass: number;
  /** Why those that passed are vacuous: no clause could have failed on the spans of the test. */
  vacuous?: readonly string[];
  cannotTell: number;
  /** Cases of flows that what is there has not decided. */
  readonly undecided?: number;
  /** What was missing where it cannot be determined. */
  wanting?: readonly string[];
  /** By clause, as `always#1`. */
  readonly violations: Map<string, number>;
  readonly found: { clause: string; found: FoundViolation }[];
  /** Clauses, as `always#1`, that could have failed in a case that passed, and did not. */
  held?: ReadonlySet<string>;
}

/** Of the clauses of a rule whose case passed: those that what was there let fail. */
export function heldClauses(
  names: readonly string[],
  facts: readonly { readonly vacuous: boolean }[],
): ReadonlySet<string> {
  return new Set(names.filter((_, place) => facts[place]?.vacuous === false));
}

/** Whether what a rule gave is what the test expects; nothing given is "not applicable". */
export function meets(given: Given | undefined, expect: Expectation): boolean {
  const violations = given === undefined ? 0 : sum(given.violations.values());
  switch (expect.verdict) {
    case 'not applicable':
      return given === undefined;
    case 'pass':
      return given !== undefined && violations === 0 && given.cannotTell === 0 && !given.undecided;
    case 'vacuous':
      return given?.vacuous !== undefined && violations === 0 && given.cannotTell === 0 && given.pass > 0;
    case 'cannot tell':
      return given !== undefined && violations === 0 && given.cannotTell > 0;
    case 'undecided':
      return violations === 0 && (given?.undecided ?? 0) > 0;
    case 'violation': {
      const { clause, count } = expect;
      const counted = clause ? (given?.violations.get(clauseName(clause)) ?? 0) : violations;
      return count === undefined ? counted > 0 : counted === count;
    }
  }
}

function sum(numbers: Iterable<number>): number {
  let total = 0;
  for (const number of numbers) total += number;
  return total;
}

/** An expectation as a test says it. */
export function expectationText({ verdict, clause, count }: Expectation): string {
  if (verdict !== 'violation') return verdict;
  const what = count === undefined ? 'violation' : `violations ${count}`;
  return clause === undefined ? what : `${what} of ${clauseName(clause)}`;
}

/** What a rule gave, the same way. */
export function actualText(given: Given | undefined): string {
  if (given === undefined) return 'not applicable';
  const parts = [...given.violations].map(([clause, count]) =>
    count === 1 ? `violation of ${clause}` : `violations ${count} of ${clause}`,
  );
  if (given.cannotTell > 0) {
    const { wanting = [] } = given;
    parts.push(wanting.length === 0 ? 'cannot tell' : `cannot tell for want of ${wanting.join('; ')}`);
  }
  if ((given.undecided ?? 0) > 0) parts.push('undecided');
  if (parts.length === 0)
    return given.vacuous === undefined ? 'pass' : `pass, vacuous: ${given.vacuous.join('; ')}`;
  return given.pass > 0 ? `${parts.join(', ')} (and ${given.pass} passed)` : parts.join(', ');
}
