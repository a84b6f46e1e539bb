import type { CodeEntry } from './entry.js';

/** BT23xx: what a rule says. */
export const RULE_CODES = {
  BT2301: {
    title: 'A rule without a clause',
    severity: 'error',
    explanation: 'Without always and never there is nothing to check.',
    example: 'rule r { when { name = "a" } }',
    advice: 'Add always or never.',
  },
  BT2302: {
    title: 'More than one `when`',
    severity: 'error',
    explanation: 'A rule has at most one when; the first counts.',
    example: 'rule r { when { name = "a" }  when { name = "b" }  never { status = error } }',
    advice: 'Join the conditions with and, or write two rules.',
  },
  BT2303: {
    title: 'A `when` that can never hold',
    severity: 'warning',
    explanation: 'The rule would never apply, and so never find anything.',
    example: 'rule r { when { false }  never { status = error } }',
    advice: 'Correct the condition; to switch a rule off, set enabled = false.',
  },
  BT2304: {
    title: 'A condition that can never hold',
    severity: 'warning',
    explanation:
      'No span can satisfy it: it contradicts itself, compares constants, compares with a value out of range, or compares an attribute with a status or kind, which attributes never hold.',
    example: 'rule r { never { name = "a" && name = "b" } }',
    advice: 'Use || for alternatives, or two patterns for two spans.',
  },
  BT2305: {
    title: 'A condition that always holds',
    severity: 'warning',
    explanation: 'Every span satisfies it, so it says nothing.',
    example: 'rule r { never { duration >= 0ns && status = error } }',
    advice: 'Remove or correct it.',
  },
  BT2306: {
    title: 'A clause that demands nothing',
    severity: 'warning',
    explanation:
      'Every trace, or every trace with the bound span, satisfies the always (or violates the never), whatever happened in it.',
    example: 'rule r { always { } }',
    advice: 'Say which span must, or must not, be there.',
  },
  BT2307: {
    title: 'A clause that can never be satisfied, or never violated',
    severity: 'warning',
    explanation:
      'The condition of the clause can never hold: a never finds nothing, an always fails every time.',
    example: 'rule r { never { false } }',
    advice: 'Correct the condition.',
  },
  BT2308: {
    title: 'Clauses that contradict each other',
    severity: 'warning',
    explanation:
      'The same condition follows always and never: whenever the rule applies, one of the two is violated.',
    example: 'rule r { always { name = "a" }  never { name = "a" } }',
    advice: 'Remove one of them.',
  },
  BT2309: {
    title: '&& where `where` is meant',
    severity: 'warning',
    explanation:
      '`p && { … }` asks for two spans in one trace, one for each side, and matches both. One span that satisfies both is `p where …`.',
    example:
      'let p = { name = "a" }\nrule r { when p && { span.n > 1 } as x  never { status = error } before x }',
    advice: 'Use where; or put parentheses around the && if two spans are meant.',
  },
  BT2310: {
    title: '&& and || side by side without parentheses',
    severity: 'warning',
    explanation:
      'In TraceQL, and so here, && and || bind equally tightly and are read from the left: a || b && c is (a || b) && c.',
    example: 'rule r { never { name = "a" || name = "b" && status = error } }',
    advice: 'Write the parentheses you mean.',
  },
  BT2311: {
    title: 'Bounds that exclude each other',
    severity: 'error',
    explanation: 'within is less than at least: no gap satisfies both.',
    example: 'rule r { always { name = "a" } before { name = "b" } within 1s at least 2s }',
    advice: 'Correct one of them.',
  },
  BT2313: {
    title: 'A bound on a relation that has no gap',
    severity: 'error',
    explanation:
      'during, overlaps, under, over and between compare no single pair of edges, so there is no gap to limit.',
    example: 'rule r { always { name = "a" } during { name = "b" } within 1s }',
    advice: 'Remove the bound, or compare start and end of bound spans.',
  },
  BT2314: {
    title: 'A span related to itself',
    severity: 'warning',
    explanation: 'Relations hold between two different spans, so a bound span is never related to itself.',
    example: 'rule r { when { name = "a" } as x  never x before x }',
    advice: 'Name the other span.',
  },
  BT2315: {
    title: 'A clause that is written twice',
    severity: 'warning',
    explanation:
      'The same condition is there twice after the same word, or one after never is part of another: what breaks one breaks the other.',
    example: 'rule r { never { name = "a" }  never { name = "a" } }',
    advice: 'Remove one of them, or correct the one that was meant to differ.',
  },
  BT2316: {
    title: 'A bound that another one makes superfluous',
    severity: 'warning',
    explanation: 'Whatever satisfies the narrower bound satisfies this one.',
    example: 'rule r { never { span.a > 10 && span.a > 5 } }',
    advice: 'Remove it, or correct the one that was meant to differ.',
  },
  BT2317: {
    title: 'Two rules that say the same',
    severity: 'warning',
    explanation: 'Two rules of the file have the same clauses, so each violation is reported twice.',
    example: 'rule a { never { status = error } }\nrule b { never { status = error } }',
    advice: 'Remove one of them, or correct the one that was meant to differ.',
  },
} as const satisfies Readonly<Record<string, CodeEntry>>;
