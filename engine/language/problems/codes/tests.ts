import type { CodeEntry } from './entry.js';

const RULE = 'rule r { never { status = error } }\n';

/** BT24xx: tests written in the language. */
export const TEST_CODES = {
  BT2401: {
    title: 'A test of an unknown rule',
    severity: 'error',
    explanation: 'No file of the workspace has a rule of this id.',
    example: 'rule pay { never { status = error } }\ntest "t" of pya { a "b" 0ms..1ms { } expect pass }',
    advice: 'Correct the id.',
  },
  BT2402: {
    title: 'A span that ends before it starts',
    severity: 'error',
    explanation:
      'The times of a span are its start and its end, both from the start of the trace, and not negative.',
    example: `${RULE}test "t" of r { a "b" 5ms..1ms { } expect pass }`,
    advice: 'Swap or correct the times.',
  },
  BT2403: {
    title: 'A clause that the rule does not have',
    severity: 'error',
    explanation: 'always#2 is the second always of the rule, counted from 1.',
    example: `${RULE}test "t" of r { a "b" 0ms..1ms { } expect violation of always#1 }`,
    advice: 'Correct the number or the word.',
  },
  BT2404: {
    title: 'A field that a test cannot set',
    severity: 'error',
    explanation:
      'A span of a test takes span. and resource. attributes, kind, status, statusMessage, span:id, span:parentID, and the name, version and attributes of its instrumentation scope; an event takes event. attributes and a link link. attributes. Everything else follows from these.',
    example: `${RULE}test "t" of r { a "b" 0ms..1ms { span:duration = 5ms } expect pass }`,
    advice: 'Set what the field follows from, or give the attribute a scope.',
  },
  BT2405: {
    title: 'A faulty id',
    severity: 'error',
    explanation:
      'A span id has up to 16 hexadecimal digits and a trace id up to 32; leading zeros may be left out.',
    example: `${RULE}test "t" of r { a "b" 0ms..1ms { span:id = "xyz" } expect pass }`,
    advice: 'Write hexadecimal digits, at most as many as the message says.',
  },
  BT2406: {
    title: 'Two tests of one title',
    severity: 'error',
    explanation: 'Results name a test by its rule and its title.',
    example: `${RULE}test "t" of r { a "b" 0ms..1ms { } expect pass }\ntest "t" of r { a "c" 0ms..1ms { } expect pass }`,
    advice: 'Change one of the titles.',
  },
  BT2407: {
    title: 'A test with a file and spans',
    severity: 'error',
    explanation: 'The spans of a test come from its file or from its text, not from both.',
    example: `${RULE}test "t" of r from "trace.json" { a "b" 0ms..1ms { } expect pass }`,
    advice: 'Remove one of them.',
  },
  BT2408: {
    title: 'A value of the wrong type',
    severity: 'error',
    explanation:
      'The field has a fixed type, or the value is none that an attribute can have: a string, a number, true or false, or a list of one of these.',
    example: `${RULE}test "t" of r { a "b" 0ms..1ms { status = "error" } expect pass }`,
    advice: 'Write the value as the message says.',
  },
  BT2409: {
    title: 'An expectation that cannot be met',
    severity: 'error',
    explanation:
      'A rule without when always applies, a rule that binds no span is violated at most once in a trace, and the number of violations is at least 1.',
    example: `${RULE}test "t" of r { a "b" 0ms..1ms { } expect not applicable }`,
    advice: 'Expect pass, or another verdict.',
  },
  BT2410: {
    title: 'A field set twice',
    severity: 'error',
    explanation: 'A span, event or link has one value for each field.',
    example: `${RULE}test "t" of r { a "b" 0ms..1ms { span.x = 1  span.x = 2 } expect pass }`,
    advice: 'Remove one of them.',
  },
  BT2411: {
    title: 'A test without a span',
    severity: 'error',
    explanation: 'A trace has at least one span.',
    example: `${RULE}test "t" of r { expect pass }`,
    advice: 'Add a span, or name a file with from.',
  },
  BT2412: {
    title: 'A test that cannot start then',
    severity: 'error',
    explanation:
      'at says when a test starts, from where the times of its spans count. Those of a file have times of their own, and none is later than 64 bits of nanoseconds tell.',
    example: `${RULE}test "t" of r at @2026-01-01 from "trace.json" { expect pass }`,
    advice: 'Remove at, or name an earlier time.',
  },
} as const satisfies Readonly<Record<string, CodeEntry>>;
