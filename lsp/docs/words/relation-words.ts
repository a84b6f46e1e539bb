import type { Relation } from '../../../engine/language/tree/ast.js';
import type { WordDoc } from '../word-doc.js';

/** Relations of patterns. */
export const RELATION_WORDS: Readonly<Record<Relation, WordDoc>> = {
  before: {
    syntax: 'A before B [within d] [at least d]',
    meaning: 'A ends no later than B starts.',
  },
  after: {
    syntax: 'A after B [within d] [at least d]',
    meaning: 'A starts no earlier than B ends.',
  },
  'starts before': { syntax: 'A starts before B', meaning: 'A starts earlier than B starts.' },
  'starts after': { syntax: 'A starts after B', meaning: 'A starts later than B starts.' },
  'ends before': { syntax: 'A ends before B', meaning: 'A ends earlier than B ends.' },
  'ends after': { syntax: 'A ends after B', meaning: 'A ends later than B ends.' },
  during: { syntax: 'A during B', meaning: 'A starts no earlier and ends no later than B.' },
  overlaps: { syntax: 'A overlaps B', meaning: 'A and B are going on at the same time for a while.' },
  under: { syntax: 'A under B', meaning: 'A is a descendant of B in the tree of spans.' },
  over: {
    syntax: 'A over B',
    meaning:
      'A is an ancestor of B in the tree of spans. In front of the clauses, `over 5m` makes a rule about time series.',
  },
  between: {
    syntax: 'A between B and C',
    meaning: 'A lies after the end of a B and before the start of the next C.',
  },
};
