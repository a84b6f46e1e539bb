import type { CodeEntry } from './entry.js';

/** Parameters of patterns, and lists. */
export const LET_CODES = {
  BT2720: {
    title: 'Too many or too few values for a pattern',
    severity: 'error',
    explanation:
      'A pattern with parameters is given a value for each where it is used, and others are given none.',
    example: 'let above(limit) = { span.amount > limit }  rule r { never above(1, 2) }',
    advice: 'Give as many values as the pattern has parameters.',
  },
  BT2721: {
    title: 'A value that does not fit into a pattern',
    severity: 'error',
    explanation:
      'A pattern is checked again with what it is given in the place of its parameters. Mistakes in the value itself are reported as they would be at its place in the pattern.',
    example: 'let above(n) = { span.amount + n > 5 }  rule r { never above("x") }',
    advice: 'Give a value of another kind, or correct the pattern.',
  },
  BT2722: {
    title: 'Two parameters of one name',
    severity: 'error',
    explanation: 'Each parameter of a pattern has a name of its own.',
    example: 'let above(n, n) = { span.amount > n }  rule r { never above(1, 2) }',
    advice: 'Rename or remove one of them.',
  },
  BT2723: {
    title: 'A parameter that nothing depends on',
    severity: 'warning',
    explanation: 'Whatever is given for the parameter, the pattern is the same.',
    example: 'let above(n) = { span.amount > 5 }  rule r { never above(1) }',
    advice: 'Remove the parameter, or use it in the pattern.',
  },
  BT2740: {
    title: 'Unknown list',
    severity: 'error',
    explanation:
      '`in` is followed by a list in parentheses, or the name of one that this file defines or a file that it uses exports.',
    example: 'rule r { never { span.country in eu } }',
    advice: 'Correct the name, define it with let, or use the file that exports it.',
  },
  BT2741: {
    title: 'A list where a pattern should be, or the other way round',
    severity: 'error',
    explanation: 'A list is a set of values, which `in` looks among; a pattern matches spans.',
    example: 'let eu = ("DE", "FR")  rule r { never eu }',
    advice: 'Write the name of a pattern, or a filter with in.',
  },
  BT2742: {
    title: 'The file of a list cannot be used',
    severity: 'error',
    explanation:
      'The values of `list from "path"` are in a text file, one a line, in the folder of the rules or below. It has at most 1 MiB and 10000 values.',
    example: 'export let eu = list from "eu.txt"',
    advice: 'Correct the path, or the file.',
  },
  BT2743: {
    title: 'A list without a value',
    severity: 'warning',
    explanation: 'Nothing is in an empty list, so that `in` never holds.',
    example: 'export let none = list from "none.txt"',
    lists: { 'none.txt': '' },
    advice: 'Write a value a line into the file.',
  },
  BT2744: {
    title: 'A list of another type',
    severity: 'error',
    explanation: 'Values of different types are never equal, so that what is looked for is in no such list.',
    example: 'let eu = ("DE", "FR")  rule r { never { duration in eu } }',
    advice: 'Compare another field, or correct the list.',
  },
} as const satisfies Readonly<Record<string, CodeEntry>>;
