import type { CodeEntry } from './entry.js';

/** BT20xx: names of patterns, bound spans, rules and files. */
export const NAME_CODES = {
  BT2001: {
    title: 'Unknown pattern name',
    severity: 'error',
    explanation:
      'The name is neither a let of this file, nor an exported let of a file it uses, nor a bound span.',
    example: 'let charge = { name = "charge" }\nrule r { never chrage and charge }',
    advice: 'Correct the name, define it with let, or use the file that exports it.',
  },
  BT2002: {
    title: 'Unknown bound span',
    severity: 'error',
    explanation:
      'A name followed by a dot is a field of a span that the when clause bound with as. Nothing binds this name. A let is outside every rule and can refer to no bound span at all.',
    example: 'rule r { when { name = "a" } as a  never { span.x = b.span.x } before a }',
    advice:
      'Bind the span in when, correct the name, or write the attribute with its scope: span.http.status_code.',
  },
  BT2003: {
    title: 'Two lets of one name',
    severity: 'error',
    explanation: 'A file defines a pattern name once; the first definition counts.',
    example: 'export let a = { name = "a" }\nexport let a = { name = "b" }',
    advice: 'Rename or remove one of them.',
  },
  BT2004: {
    title: 'Unused let',
    severity: 'warning',
    explanation: 'Nothing in the file refers to the pattern, and it is not exported.',
    example: 'let a = { name = "a" }',
    advice: 'Remove it, use it, or export it.',
  },
  BT2005: {
    title: 'Unused binding',
    severity: 'warning',
    explanation:
      'The when clause binds a span that nothing refers to. It still checks the rule once for every such span, so the same clause gives the same verdict several times.',
    example: 'rule r { when { name = "a" } as x  never { status = error } }',
    advice: 'Remove as, or say how the clauses relate to the bound span.',
  },
  BT2006: {
    title: 'A let hides an imported one',
    severity: 'warning',
    explanation: 'The file defines a name that a used file exports as well. Its own definition counts.',
    example: 'use "shared"\nlet a = { name = "a" }\nrule r { never a }',
    others: { 'shared.betrace': 'export let a = { name = "b" }' },
    advice: 'Rename one of them.',
  },
  BT2007: {
    title: 'A binding has the name of a pattern',
    severity: 'error',
    explanation: 'The name would mean any span of the pattern in one place and the bound span in another.',
    example: 'export let a = { name = "a" }\nrule r { when a as a  never { status = error } before a }',
    advice: 'Bind the span under another name.',
  },
  BT2008: {
    title: 'A name bound twice',
    severity: 'error',
    explanation: 'Two as in one rule give the same name to different spans.',
    example: 'rule r { when { name = "a" } as x and { name = "b" } as x  never { status = error } before x }',
    advice: 'Give each span a name of its own.',
  },
  BT2010: {
    title: '`as` outside `when`',
    severity: 'error',
    explanation:
      'Only when binds spans: a rule is checked once for each of them. always and never refer to them.',
    example: 'rule r { never { status = error } as x }',
    advice: 'Remove as, or move the pattern to when.',
  },
  BT2011: {
    title: '`as` where it cannot bind',
    severity: 'error',
    explanation:
      'A span can be bound only where the condition cannot hold without it: in a pattern that is a test by itself, on either side of a relation or as a step of a sequence, with nothing but and above it. Under or and not, inside count(…) and after then not there may be no such span.',
    example: 'rule r { when { name = "a" } as x or { name = "b" }  never { status = error } before x }',
    advice: 'Move the pattern out of or, not or count, or remove as.',
  },
  BT2012: {
    title: 'Two rules of one id',
    severity: 'error',
    explanation: 'Ids are unique over all files of the workspace, since results are stored under them.',
    example: 'rule r { never { status = error } }\nrule r { never { name = "a" } }',
    advice: 'Rename one of the rules.',
  },
  BT2013: {
    title: 'A pattern that contains itself',
    severity: 'error',
    explanation: 'A let stands for its text; a let that leads back to itself has no end.',
    example: 'export let a = a && { name = "a" }',
    advice: 'Break the circle.',
  },
  BT2014: {
    title: 'A used file is missing',
    severity: 'error',
    explanation: 'The path is taken relative to the file that uses it. `.betrace` may be left out.',
    example: 'use "no/such/file"',
    advice: 'Correct the path, or add the file to the workspace.',
  },
  BT2015: {
    title: 'A `use` without effect',
    severity: 'warning',
    explanation: 'The file uses itself, the same file twice, or a file of which it names nothing.',
    example: 'use "example"',
    advice: 'Remove it.',
  },
  BT2016: {
    title: 'A bound field in a filter of `when`',
    severity: 'error',
    explanation:
      'The filters of when choose the spans to bind, so none of them is bound yet. Compare the fields of bound spans in a test of its own.',
    example: 'rule r { when { name = "a" } as a and { span.k = a.span.k } as b  never a before b }',
    advice: 'Write it as a comparison: when A as a and B as b and a.span.k = b.span.k.',
  },
  BT2017: {
    title: 'A bound span inside a spanset of `when`',
    severity: 'error',
    explanation:
      'Within when a bound span can stand alone as one side of a relation, not inside a larger spanset expression.',
    example: 'rule r { when { name = "a" } as a and (a >> { name = "b" }) as b  never b before a }',
    advice: 'Use a relation: { name = "b" } under a.',
  },
  BT2018: {
    title: 'Two used files export the same name',
    severity: 'warning',
    explanation: 'The first `use` counts for this name.',
    example: 'use "one"\nuse "two"\nrule r { never a }',
    others: {
      'one.betrace': 'export let a = { name = "a" }',
      'two.betrace': 'export let a = { name = "b" }',
    },
    advice: 'Rename one of them.',
  },
  BT2019: {
    title: 'Too large once its patterns are filled in',
    severity: 'error',
    explanation:
      'Patterns that refer to patterns can grow without bound, and deep expressions exhaust the database. A rule has at most 200 patterns, 20 000 nodes and a depth of 1 000 once its lets are filled in, and about 110 operators of arithmetic inside each other.',
    example: `let l = { name = "a" } || { name = "b" }\n${Array.from({ length: 14 }, (_, n) => `let l${n} = ${n === 0 ? 'l' : `l${n - 1}`} || ${n === 0 ? 'l' : `l${n - 1}`}`).join('\n')}\nrule r { never l13 }`,
    advice: 'Simplify the patterns; one filter with in (…) often says the same as many spansets.',
  },
  BT2020: {
    title: 'The id of a rule is too long',
    severity: 'error',
    explanation:
      'An id is part of addresses, a label of metrics, and in every violation; it has at most 200 characters.',
    example: `rule ${'r'.repeat(201)} { never { status = error } }`,
    advice: 'Choose a short id, and say in `summary` what the rule is about.',
  },
} as const satisfies Readonly<Record<string, CodeEntry>>;
