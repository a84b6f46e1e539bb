/** The syntax errors, `BT1xxx`. Part of the catalogue of all codes. */
export interface SyntaxCodeInfo {
  readonly title: string;
  readonly explanation: string;
  /** A text that has this error. */
  readonly example: string;
}

export const SYNTAX_CODES = {
  BT1001: {
    title: 'unexpected text',
    explanation:
      'Something stands where the language has no place for it. The message lists what may stand there.',
    example: 'rule r { always { name = "a" } before before }',
  },
  BT1002: {
    title: 'something is missing',
    explanation: 'The text goes on, or ends, before an expression, a name or a bracket that must be there.',
    example: 'rule r { always { span.amount > } }',
  },
  BT1003: {
    title: 'string not closed',
    explanation: 'A string in double quotes ends on its own line; one in backticks may go over several.',
    example: 'rule r { always { name = "fraud.check } }',
  },
  BT1004: {
    title: 'unknown escape',
    explanation:
      'Strings in double quotes have the escapes \\\\ \\" \\n \\t \\r \\a \\b \\f \\v \\xHH \\uHHHH \\UHHHHHHHH and \\OOO. ' +
      'In backticks nothing is an escape, which suits regular expressions. Quoted attribute names have \\" and \\\\ only.',
    example: 'rule r { always { name =~ "\\d+" } }',
  },
  BT1005: {
    title: 'single quotes',
    explanation: 'Strings stand in double quotes or backticks.',
    example: "rule r { always { name = 'fraud.check' } }",
  },
  BT1006: {
    title: 'not a number or duration',
    explanation:
      'Whole numbers are decimal and fit 64 bits; durations are like 1h30m, 1.5h, 100ms, 250us, 1d, 1w, 1y, without spaces.',
    example: 'rule r { always { span.amount > 0x10 } }',
  },
  BT1007: {
    title: 'attribute name missing',
    explanation:
      'An attribute name follows its scope and dot directly: `span.amount`, `.amount`, `span."a b"`.',
    example: 'rule r { always { span. = 3 } }',
  },
  BT1008: {
    title: 'quoted attribute name not closed',
    explanation: 'A `"` in an attribute name opens a quoted part, which needs a closing `"`.',
    example: 'rule r { always { span."foo = 3 } }',
  },
  BT1009: {
    title: 'stray character',
    explanation: 'The character has no meaning outside strings and comments.',
    example: 'rule r { always { name = "a" }; }',
  },
  BT1010: {
    title: 'comment not closed',
    explanation: 'A comment that starts with /* ends with */.',
    example: '/* all rules of the team',
  },
  BT1011: {
    title: 'operator of another language, or of another place',
    explanation:
      'Equality is `=`. Inside `{ … }` the words are `&&`, `||`, `!`; between the tests of a clause they are `and`, `or`, `not`.',
    example: 'rule r { always { name == "a" and status = ok } }',
  },
  BT1012: {
    title: 'misspelt word',
    explanation: 'The word is not known here, but is close to one that is.',
    example: 'rule r { allways { name = "a" } }',
  },
  BT1013: {
    title: 'unknown field',
    explanation:
      'Behind `span:`, `trace:`, `event:`, `link:` and `instrumentation:` stand intrinsics, of which there is a fixed list. ' +
      'Attributes have a dot: `span.name`.',
    example: 'rule r { always { span:nmae = "a" } }',
  },
  BT1014: {
    title: 'bracket not closed',
    explanation: 'Every `{`, `(` and `[` needs its closing counterpart.',
    example: 'rule r { always { name = "a" }',
  },
  BT1015: {
    title: 'bracket too many',
    explanation: 'A closing bracket has no opening one.',
    example: 'rule r { always { name = "a" } } }',
  },
  BT1016: {
    title: 'not an item',
    explanation:
      'A file consists of `rule`, `let`, `export let`, `use` and `test`; everything else stands inside one of them.',
    example: 'always { name = "a" }',
  },
  BT1017: {
    title: 'metrics where one trace is looked at',
    explanation:
      'TraceQL metrics (`| rate()`, `| count_over_time()`, …) make series of many traces. A rule checks each trace by itself, unless it says `over 5m`; ' +
      'within one trace, count with `count(…)`.',
    example: 'rule r { never { status = error } | rate() > 1 }',
  },
  BT1018: {
    title: 'text too large',
    explanation: 'A file may have at most 1 MiB. Split it; `use` joins files.',
    example: '',
  },
  BT1019: {
    title: 'nested too deeply',
    explanation:
      'Brackets may be nested 200 deep, and an expression may have 1500 operators, comparisons other than `=` included; of one chain of `&&` or `||`, BT2019 allows about 990. `in (…)` replaces long chains of `||`.',
    example: '',
  },
  BT1020: {
    title: 'setting after a clause',
    explanation: 'The settings of a rule stand before its clauses.',
    example: 'rule r { always { name = "a" } severity = high }',
  },
  BT1021: {
    title: 'a keyword as a name',
    explanation: 'Words of the language cannot name a pattern or a bound span.',
    example: 'let before = { name = "a" }',
  },
  BT1022: {
    title: 'bad rule id',
    explanation: 'A rule id consists of letters, digits, `-`, `_` and `.`, and starts with a letter or `_`.',
    example: 'rule "my rule" { always { name = "a" } }',
  },
  BT1023: {
    title: 'field outside a filter',
    explanation:
      'A field needs a span to be read from: inside a filter, `{ span.amount > 3 }`, or from a bound span, `c.span.amount > 3`.',
    example: 'rule r { always span.amount > 3 }',
  },
  BT1024: {
    title: 'aggregate not compared',
    explanation: 'An aggregate in a pipeline is a test, so it is compared with something: `| count() > 2`.',
    example: 'rule r { always { name = "a" } | count() }',
  },
  BT1025: {
    title: 'one trace where series are compared',
    explanation:
      'With `over`, a rule is about many traces: each clause makes series with a metrics function and compares them with a number. ' +
      'What one trace holds (`before`, `and`, `as`, …) is for rules without `over`.',
    example: 'rule r { over 5m always { name = "a" } before { name = "b" } }',
  },
} as const satisfies Readonly<Record<string, SyntaxCodeInfo>>;

export type SyntaxCode = keyof typeof SYNTAX_CODES;
