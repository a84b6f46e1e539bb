/** Between sets of spans of which one is in the tree in relation to the other: child, descendant, parent, ancestor, sibling. */
export const STRUCTURE_OPERATORS = [
  '>',
  '>>',
  '<',
  '<<',
  '~',
  '!>',
  '!>>',
  '!<',
  '!<<',
  '!~',
  '&>',
  '&>>',
  '&<',
  '&<<',
  '&~',
] as const;

export const SPANSET_OPERATORS = ['&&', '||', ...STRUCTURE_OPERATORS] as const;
export type SpansetOperator = (typeof SPANSET_OPERATORS)[number];
