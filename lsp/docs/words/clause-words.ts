import type { WordDoc } from '../word-doc.js';

/** Words of the clauses of a rule and of their conditions. */
export const CLAUSE_WORDS: Readonly<Record<string, WordDoc>> = {
  when: {
    syntax: 'when condition',
    meaning:
      'Where the rule applies. With `as` it is checked once for each span that matches; without `when` it applies to every trace.',
  },
  always: {
    syntax: 'always condition',
    meaning: 'Must be true wherever the rule applies, else there is a violation.',
  },
  never: {
    syntax: 'never condition',
    meaning: 'Must not be true where the rule applies, else there is a violation.',
  },
  and: {
    syntax: 'test and test',
    meaning:
      'Both tests hold. Binds tighter than `or`. (`&&` joins spansets, or conditions inside a filter.)',
  },
  or: {
    syntax: 'test or test',
    meaning: 'At least one of the tests holds. (`||` joins spansets, or conditions inside a filter.)',
  },
  not: {
    syntax: 'not test',
    meaning: 'The test does not hold. Binds tightest; `not` of unknown is unknown.',
  },
  exists: {
    syntax: 'exists pattern',
    meaning: 'The pattern matches at least one span, which a pattern alone says too.',
  },
  where: {
    syntax: 'pattern where expression',
    meaning: 'Narrows a pattern: one span matches the pattern and satisfies the expression.',
  },
  as: {
    syntax: 'pattern as name',
    meaning: 'Binds each matching span to a name; the rule is checked once for each.',
  },
  in: {
    syntax: 'field in (a, b)',
    meaning: 'Equal to one of the literals; `not in` to none.',
  },
  contains: {
    syntax: 'field contains "text"',
    meaning:
      'The text, or that of another field, occurs in the string, case-sensitive. Of an array: some element equals it.',
  },
  'starts with': {
    syntax: 'field starts with "text"',
    meaning: 'The string begins with the text, or with that of another field, case-sensitive.',
  },
  within: {
    syntax: 'within duration',
    meaning:
      'The gap between the two edges that the relation compares is at most this. Behind `across`: how far a case looks.',
  },
  'at least': {
    syntax: 'at least duration',
    meaning: 'The gap between the two edges that the relation compares is at least this.',
  },
};

/** Apart, as an object with a key `then` would be taken for a promise. */
export const THEN: WordDoc = {
  syntax: 'A then B then C [within d]',
  meaning:
    'One B after the end of an A, one C after the end of that B. `then starts` compares starts; `then not X then` allows no X between.',
};
