import type { CodeEntry } from './codes/entry.js';

/** The syntax errors, BT1xxx. All are errors: a text with any of them means nothing yet. */
export const SYNTAX_CODES = {
  BT1001: {
    title: 'Unexpected text',
    severity: 'error',
    explanation:
      'Something is written where the language has no place for it. The message lists what may be written there.',
    example: 'rule r { always { name = "a" } before before }',
    advice: 'Write one of the things that the message lists, or remove the text.',
  },
  BT1002: {
    title: 'Something is missing',
    severity: 'error',
    explanation: 'The text continues, or ends, before an expression, a name or a bracket that must be there.',
    example: 'rule r { always { span.amount > } }',
    advice: 'Add what the message names.',
  },
  BT1003: {
    title: 'String not closed',
    severity: 'error',
    explanation: 'A string in double quotes ends on its own line; one in backticks may go over several.',
    example: 'rule r { always { name = "fraud.check } }',
    advice: 'Add the closing quote, or use backticks for several lines.',
  },
  BT1004: {
    title: 'Unknown escape',
    severity: 'error',
    explanation:
      'Strings in double quotes have the escapes \\\\ \\" \\n \\t \\r \\a \\b \\f \\v \\xHH \\uHHHH \\UHHHHHHHH and \\OOO. ' +
      'In backticks nothing is an escape, which suits regular expressions. Quoted attribute names have \\" and \\\\ only.',
    example: 'rule r { always { name =~ "\\d+" } }',
    advice: 'Double the backslash, or write the string in backticks.',
  },
  BT1005: {
    title: 'Single quotes',
    severity: 'error',
    explanation: 'Strings stand in double quotes or backticks.',
    example: "rule r { always { name = 'fraud.check' } }",
    advice: 'Use double quotes or backticks.',
  },
  BT1006: {
    title: 'Not a number or duration',
    severity: 'error',
    explanation:
      'Whole numbers are decimal and fit 64 bits; durations are like 1h30m, 1.5h, 100ms, 250us, 1d, 1w, 1y, without spaces.',
    example: 'rule r { always { span.amount > 0x10 } }',
    advice: 'Write a decimal number, or a duration with a unit such as 30s.',
  },
  BT1007: {
    title: 'Attribute name missing',
    severity: 'error',
    explanation:
      'An attribute name follows its scope and dot directly: `span.amount`, `.amount`, `span."a b"`.',
    example: 'rule r { always { span. = 3 } }',
    advice: 'Write the name directly after the dot, in double quotes if it has blanks.',
  },
  BT1008: {
    title: 'Quoted attribute name not closed',
    severity: 'error',
    explanation: 'A `"` in an attribute name opens a quoted part, which needs a closing `"`.',
    example: 'rule r { always { span."foo = 3 } }',
    advice: 'Add the closing quote.',
  },
  BT1009: {
    title: 'Stray character',
    severity: 'error',
    explanation: 'The character has no meaning outside strings and comments.',
    example: 'rule r { always { name = "a" }; }',
    advice: 'Remove it.',
  },
  BT1010: {
    title: 'Comment not closed',
    severity: 'error',
    explanation: 'A comment that starts with /* ends with */.',
    example: '/* all rules of the team',
    advice: 'Add `*/`.',
  },
  BT1011: {
    title: 'Operator of another language, or of another place',
    severity: 'error',
    explanation:
      'Equality is `=`. Inside `{ … }` the words are `&&`, `||`, `!`; between the tests of a clause they are `and`, `or`, `not`.',
    example: 'rule r { always { name == "a" and status = ok } }',
    advice: 'Write the operator that the message names.',
  },
  BT1012: {
    title: 'Misspelt word',
    severity: 'error',
    explanation: 'The word is not known here, but is close to one that is.',
    example: 'rule r { allways { name = "a" } }',
    advice: 'Correct the word.',
  },
  BT1013: {
    title: 'Unknown field',
    severity: 'error',
    explanation:
      'Behind `span:`, `trace:`, `event:`, `link:` and `instrumentation:` stand intrinsics, of which there is a fixed list. ' +
      'Attributes have a dot: `span.name`.',
    example: 'rule r { always { span:nmae = "a" } }',
    advice: 'Correct the name, or write the attribute with a dot.',
  },
  BT1014: {
    title: 'Bracket not closed',
    severity: 'error',
    explanation: 'Every `{`, `(` and `[` needs its closing counterpart.',
    example: 'rule r { always { name = "a" }',
    advice: 'Add the closing bracket.',
  },
  BT1015: {
    title: 'Bracket too many',
    severity: 'error',
    explanation: 'A closing bracket has no opening one.',
    example: 'rule r { always { name = "a" } } }',
    advice: 'Remove it, or add the opening one.',
  },
  BT1016: {
    title: 'Not an item',
    severity: 'error',
    explanation:
      'A file consists of `rule`, `let`, `export let`, `use` and `test`; everything else is inside one of them.',
    example: 'always { name = "a" }',
    advice: 'Move it into a rule, or correct the word it starts with.',
  },
  BT1017: {
    title: 'Metrics where one trace is looked at',
    severity: 'error',
    explanation:
      'TraceQL metrics (`| rate()`, `| count_over_time()`, …) make series of many traces. A rule checks each trace by itself, unless it says `over 5m`; ' +
      'within one trace, count with `count(…)`.',
    example: 'rule r { never { status = error } | rate() > 1 }',
    advice: 'Put over and a duration before the clauses, or count within one trace with count(…).',
  },
  BT1018: {
    title: 'Text too large',
    severity: 'error',
    explanation: 'A file may have at most 1 MiB. Split it; `use` joins files.',
    advice: 'Split the file; use joins files.',
  },
  BT1019: {
    title: 'Nested too deeply',
    severity: 'error',
    explanation:
      'Brackets may be nested 200 deep, and an expression may have 1500 operators, comparisons other than `=` included; of one chain of `&&` or `||`, BT2019 allows about 990. `in (…)` replaces long chains of `||`.',
    advice: 'Use in (…) instead of a chain of ||, or name parts with let.',
  },
  BT1020: {
    title: 'Setting after a clause',
    severity: 'error',
    explanation: 'The settings of a rule stand before its clauses.',
    example: 'rule r { always { name = "a" } severity = high }',
    advice: 'Move the setting above the clauses.',
  },
  BT1021: {
    title: 'A keyword as a name',
    severity: 'error',
    explanation: 'Words of the language cannot name a pattern or a bound span.',
    example: 'let before = { name = "a" }',
    advice: 'Choose another name.',
  },
  BT1022: {
    title: 'Bad rule id',
    severity: 'error',
    explanation: 'A rule id consists of letters, digits, `-`, `_` and `.`, and starts with a letter or `_`.',
    example: 'rule "my rule" { always { name = "a" } }',
    advice: 'Write letters, digits, `-`, `_` and `.` only, without quotes.',
  },
  BT1023: {
    title: 'Field outside a filter',
    severity: 'error',
    explanation:
      'A field needs a span to be read from: inside a filter, `{ span.amount > 3 }`, or from a bound span, `c.span.amount > 3`.',
    example: 'rule r { always span.amount > 3 }',
    advice: 'Put it into a filter, or name the bound span that it is read from.',
  },
  BT1024: {
    title: 'Aggregate not compared',
    severity: 'error',
    explanation: 'An aggregate in a pipeline is a test, so it is compared with something: `| count() > 2`.',
    example: 'rule r { always { name = "a" } | count() }',
    advice: 'Compare it with something.',
  },
  BT1025: {
    title: 'One trace where series are compared',
    severity: 'error',
    explanation:
      'With `over`, a rule is about many traces: each clause makes series with a metrics function and compares them with a number. ' +
      'What one trace holds (`before`, `and`, `as`, …) is for rules without `over`.',
    example: 'rule r { over 5m always { name = "a" } before { name = "b" } }',
    advice: 'Remove over, or make series with a metrics function such as rate().',
  },
  BT1026: {
    title: 'Bad time',
    severity: 'error',
    explanation:
      'A point in time is a day, `@2026-12-31`, which is its first moment in UTC, or a day and a time of day with its zone: `@2026-12-31T18:00:00Z`, `@2026-12-31T18:00:00+01:00`.',
    example: 'rule r { never { span:start > @2026-12-31T18:00:00 } }',
    advice: 'Write the day as year, month and day, and behind the time of day `Z` or an offset.',
  },
} as const satisfies Readonly<Record<string, CodeEntry & { readonly severity: 'error' }>>;

export type SyntaxCode = keyof typeof SYNTAX_CODES;
