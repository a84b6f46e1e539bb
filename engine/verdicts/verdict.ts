/** What becomes of a case, as the table of verdicts has it; `unseen`: spans that it sees may have been let go of, or never been there. */
export const VERDICT = { pass: 0, violation: 1, cannotTell: 2, undecided: 3, unseen: 4 } as const;
