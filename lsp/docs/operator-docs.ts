import type { WordDoc } from './word-doc.js';

/** Operators, by their text. */
export const OPERATOR_DOCS: ReadonlyMap<string, WordDoc> = new Map<string, WordDoc>([
  [
    '&&',
    {
      syntax: 'A && B',
      meaning:
        'Between filters: all spans of both if both match something in the trace. Inside a filter: both conditions hold for one span.',
    },
  ],
  [
    '||',
    {
      syntax: 'A || B',
      meaning:
        'Between filters: all spans of both. Inside a filter: at least one condition holds. `&&` and `||` bind equally.',
    },
  ],
  [
    '=',
    {
      syntax: 'a = b',
      meaning:
        'Equal. Numbers compare by value; different types are never equal. Of an array: some element is.',
    },
  ],
  [
    '!=',
    {
      syntax: 'a != b',
      meaning: 'Not equal. A span without the field does not match. Of an array: some element differs.',
    },
  ],
  [
    '<',
    {
      syntax: 'a < b',
      meaning: 'Less than. Between patterns: spans of B that are the parent of some span of A.',
    },
  ],
  [
    '>',
    {
      syntax: 'a > b',
      meaning: 'Greater than. Between patterns: spans of B that are a child of some span of A.',
    },
  ],
  ['<=', { syntax: 'a <= b', meaning: 'At most.' }],
  ['>=', { syntax: 'a >= b', meaning: 'At least.' }],
  [
    '=~',
    {
      syntax: 'a =~ "regex"',
      meaning: 'The whole value matches the regular expression (RE2).',
    },
  ],
  [
    '!~',
    {
      syntax: 'a !~ "regex", A !~ B',
      meaning:
        'The value does not match the regular expression. Between patterns: spans of B without a sibling in A.',
    },
  ],
  ['>>', { syntax: 'A >> B', meaning: 'Spans of B that are a descendant of some span of A.' }],
  ['<<', { syntax: 'A << B', meaning: 'Spans of B that are an ancestor of some span of A.' }],
  ['~', { syntax: 'A ~ B', meaning: 'Spans of B that are a sibling of some span of A.' }],
  ['!>', { syntax: 'A !> B', meaning: 'Spans of B that are not a child of any span of A.' }],
  ['!>>', { syntax: 'A !>> B', meaning: 'Spans of B that are not a descendant of any span of A.' }],
  ['!<', { syntax: 'A !< B', meaning: 'Spans of B that are not the parent of any span of A.' }],
  ['!<<', { syntax: 'A !<< B', meaning: 'Spans of B that are not an ancestor of any span of A.' }],
  ['&>', { syntax: 'A &> B', meaning: 'The spans of both sides where B is a child of A.' }],
  ['&>>', { syntax: 'A &>> B', meaning: 'The spans of both sides where B is a descendant of A.' }],
  ['&<', { syntax: 'A &< B', meaning: 'The spans of both sides where B is the parent of A.' }],
  ['&<<', { syntax: 'A &<< B', meaning: 'The spans of both sides where B is an ancestor of A.' }],
  ['&~', { syntax: 'A &~ B', meaning: 'The spans of both sides that are siblings.' }],
  [
    '|',
    {
      syntax: 'pattern | stage',
      meaning: 'Hands the spansets on to the next stage: a filter, `by`, an aggregate, a metric.',
    },
  ],
  ['!', { syntax: '!a', meaning: 'Not. Binds tighter than comparisons: `!a = b` is `(!a) = b`.' }],
  ['+', { syntax: 'a + b', meaning: 'Sum. Ints that overflow are missing.' }],
  ['-', { syntax: 'a - b, -a', meaning: 'Difference. Blanks are needed around it: `.a-1` is an attribute.' }],
  ['*', { syntax: 'a * b', meaning: 'Product.' }],
  ['/', { syntax: 'a / b', meaning: 'Quotient; of ints, rounded toward zero.' }],
  ['%', { syntax: 'a % b', meaning: 'Remainder.' }],
  ['^', { syntax: 'a ^ b', meaning: 'Power, as a double.' }],
]);
