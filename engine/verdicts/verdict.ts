/** What becomes of a case, as the table of verdicts has it. */
export const VERDICT = { pass: 0, violation: 1, cannotTell: 2, undecided: 3 } as const;
