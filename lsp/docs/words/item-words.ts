import type { WordDoc } from '../word-doc.js';

/** Words that items of a file are made of: rules, lets, lists, uses and tests. */
export const ITEM_WORDS: Readonly<Record<string, WordDoc>> = {
  rule: {
    syntax: 'rule id { settings; clauses }',
    meaning: 'States what must always, or never, be true of one whole trace.',
  },
  let: {
    syntax: 'let name = pattern, let name(parameter, …) = pattern, let name = (value, …)',
    meaning:
      'Names a pattern, perhaps with parameters that are filled in where it is used, or a list of values for `in`. It is visible in this file, and with `export` in every file that uses this one.',
  },
  'list from': {
    syntax: 'let name = list from "file.txt"',
    meaning:
      'A list whose values are in a text file next to the rules, one a line, for `in name` and `not in name`.',
  },
  export: {
    syntax: 'export let name = pattern',
    meaning: 'Makes a pattern visible to the files that `use` this one.',
  },
  use: {
    syntax: 'use "path"',
    meaning:
      'Brings in the exported patterns of another file. The path is relative to this file; `.betrace` may be left out.',
  },
  test: {
    syntax: 'test "title" of rule { spans; expect … }',
    meaning:
      'A made-up trace, or several in blocks `trace "name" 5m { … }`, and the verdict that the rule must give on it.',
  },
  of: {
    syntax: 'test "title" of rule',
    meaning: 'Names the rule that a test is about, or, after `violation`, the clause that must fail.',
  },
  from: {
    syntax: 'test "title" of rule from "trace.json"',
    meaning: 'Takes the trace of a test from a file with OTLP JSON.',
  },
  at: {
    syntax: 'test "title" of rule at @2026-07-01T20:30:00Z',
    meaning: 'When a test starts, for rules that look at the clock or the calendar. (`at least` is a bound.)',
  },
  until: {
    syntax: 'until 5m expect …',
    meaning:
      'In a test of a rule across traces: when what is stored ends, from the start of the test. Cases that this leaves open are undecided.',
  },
  expect: {
    syntax: 'expect pass | violation | violations n | not applicable | cannot tell | undecided | vacuous',
    meaning: 'The verdict that the rule must give; `violation of always#1` also says which clause must fail.',
  },
  undecided: {
    syntax: 'expect undecided',
    meaning:
      'What is stored has not decided the case of a rule across traces: it may still be kept or violated.',
  },
  trace: {
    syntax: 'trace:duration, trace:rootName, …',
    meaning:
      'Something that every span of the trace shares. In a test, `trace "name" 5m { … }` is another trace, whose times count from then.',
  },
};
