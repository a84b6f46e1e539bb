import { describe, expect, test } from 'vitest';
import { fixedTexts, marksOf } from './marked.js';

const RULE = 'rule r { when { name = "a" } as x  always x.duration < 5s  never { status = error } }\n';
const PLAIN = 'rule plain { never { status = error } }\n';

function inSpan(entries: string): string {
  return `${RULE}test "t" of r { a "b" 0ms..1ms { ${entries} } expect pass }`;
}

const ENTRIES: readonly (readonly [entries: string, marks: readonly string[], fixed?: string])[] = [
  ['kind = server  status = error  statusMessage = "x"  span.a = 1  resource.b = "c"', []],
  ['span:id = "AB"  span:parentID = ""  instrumentation:name = "n"  instrumentation:version = "1"', []],
  ['instrumentation.a = true  span.list = ["a", "b"]  span.n = [1, 2.5]  span.d = 5ms', []],
  ['event "e" 5ms { event.a = 1 }  link "ab" "cd" { link.kind = "x" }', []],
  ['kind = "server"', ['BT2408 "server"'], 'kind = server'],
  ['kind = error', ['BT2408 error']],
  ['statusMessage = 5', ['BT2408 5'], 'statusMessage = "5"'],
  ['status = ["error"]', ['BT2408 ["error"]']],
  ['span.a = error', ['BT2408 error'], 'span.a = "error"'],
  ['span.list = ["a", 1]', ['BT2408 1']],
  ['span:id = "xyz"', ['BT2405 "xyz"']],
  ['span:id = ""', ['BT2405 ""']],
  ['span:parentID = "00000000000000000"', ['BT2405 "00000000000000000"']],
  ['link "g" "cd"', ['BT2405 "g"']],
  ['link "ab" ""', ['BT2405 ""']],
  ['duration = 5ms', ['BT2404 duration']],
  ['name = "b"', ['BT2404 name']],
  ['span:childCount = 1', ['BT2404 span:childCount']],
  ['event.a = 1', ['BT2404 event.a'], 'span.a = 1'],
  ['.a = 1', ['BT2404 .a'], 'span.a = 1'],
  ['parent.span.a = 1', ['BT2404 parent.span.a'], 'span.a = 1'],
  ['event "e" { span.a = 1 }', ['BT2404 span.a'], 'event "e" { event.a = 1 }'],
  ['link "a" "b" { event.a = 1 }', ['BT2404 event.a'], 'link "a" "b" { link.a = 1 }'],
  ['span.a = 1  span.a = 2', ['BT2410 span.a = 2']],
  ['status = ok  span:status = error', ['BT2410 span:status = error']],
  ['c "child" 5ms..1ms { }', ['BT2402 5ms..1ms'], 'c "child" 1ms..5ms { }'],
];

describe('spans of tests', () => {
  for (const [entries, marks, fixed] of ENTRIES) {
    test(entries, () => {
      expect(marksOf(inSpan(entries))).toEqual(marks);
      if (fixed !== undefined) expect(fixedTexts(inSpan(entries))[0]).toBe(inSpan(fixed));
    });
  }
});

const SPAN = 'a "b" 0ms..1ms { }';
const TESTS: readonly (readonly [text: string, marks: readonly string[]])[] = [
  [`test "t" of rr { ${SPAN} expect pass }`, ['BT2401 rr']],
  [`test "t" of r { ${SPAN} expect violation of always#1 }`, []],
  [`test "t" of r { ${SPAN} expect violation of always#2 }`, ['BT2403 expect violation of always#2']],
  [`test "t" of r { ${SPAN} expect violation of never#0 }`, ['BT2403 expect violation of never#0']],
  [`test "t" of r { ${SPAN} expect violations 2 }`, []],
  [`test "t" of plain { ${SPAN} expect violations 2 }`, ['BT2409 expect violations 2']],
  [`test "t" of r { ${SPAN} expect violations 0 }`, ['BT2409 expect violations 0']],
  [`test "t" of r { ${SPAN} expect not applicable }`, []],
  [`test "t" of plain { ${SPAN} expect not applicable }`, ['BT2409 expect not applicable']],
  ['test "t" of r { expect pass }', ['BT2411 "t"']],
  ['test "t" of r from "x.json" { expect pass }', []],
  [`test "t" of r from "x.json" { ${SPAN} expect pass }`, [`BT2407 ${SPAN}`]],
  [
    `test "t" of r { ${SPAN} expect pass }\ntest "t" of plain { ${SPAN} expect pass }\ntest "t" of r { ${SPAN} expect pass }`,
    ['BT2406 "t"'],
  ],
];

describe('tests', () => {
  test.each(TESTS)('%s', (text, marks) => {
    expect(marksOf(`${RULE}${PLAIN}${text}`)).toEqual(marks);
  });

  test('a misspelt rule is corrected', () => {
    expect(fixedTexts(`${PLAIN}test "t" of plian { ${SPAN} expect pass }`)).toEqual([
      `${PLAIN}test "t" of plain { ${SPAN} expect pass }`,
    ]);
  });
});
