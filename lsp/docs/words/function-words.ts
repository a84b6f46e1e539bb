import type { ValueFunction } from '../../../engine/language/tree/ast-expression.js';
import type { WordDoc } from '../word-doc.js';

/** Functions of one value. */
export const FUNCTION_WORDS: Readonly<Record<ValueFunction, WordDoc>> = {
  lower: { syntax: 'lower(s)', meaning: 'The string in lower case, each character by itself.' },
  length: {
    syntax: 'length(s)',
    meaning:
      'How many characters the string has: code points of Unicode, so that an accent of its own is one.',
  },
  hour: {
    syntax: 'hour(t), hour(t, "Europe/Berlin")',
    meaning: 'The hour of a time by the clocks of a zone, 0 to 23; of UTC without one.',
  },
  weekday: {
    syntax: 'weekday(t), weekday(t, "Europe/Berlin")',
    meaning: 'The day of the week of a time in a zone: 1 is Monday, 7 is Sunday.',
  },
  date: {
    syntax: 'date(t), date(t, "Europe/Berlin")',
    meaning:
      'The day of a time in a zone, to be compared with a day such as `@2026-12-31`, whatever the zone.',
  },
};
