import { describe, expect, test } from 'vitest';
import { loadWorkspace } from '../../../engine/language/link/workspace.js';
import { fixedTexts, marksOf } from './marked.js';

const A = '{ name = "a" }';

const CASES: readonly (readonly [text: string, marks: readonly string[], fixed?: readonly string[]])[] = [
  // patterns
  [
    `export let charge = ${A}\nrule r { never chrage }`,
    ['BT2001 chrage'],
    [`export let charge = ${A}\nrule r { never charge }`],
  ],
  ['rule r { never nothing }', ['BT2001 nothing']],
  [`let a = ${A}`, ['BT2004 a']],
  [`export let a = ${A}`, []],
  [`let a = ${A}\nexport let b = a`, []],
  [`export let a = ${A}\nexport let a = { }`, ['BT2003 a']],
  ['export let a = b\nexport let b = a', ['BT2013 a', 'BT2013 b']],
  // bound spans
  [
    `rule r { when ${A} as x  never { status = error } }`,
    ['BT2005 x'],
    [`rule r { when ${A}  never { status = error } }`],
  ],
  [
    `rule r { when ${A} as charge  never { span.k = chrage.span.k } after charge }`,
    ['BT2002 chrage'],
    [`rule r { when ${A} as charge  never { span.k = charge.span.k } after charge }`],
  ],
  [
    'rule r { never { http.status_code = 500 } }',
    ['BT2002 http'],
    ['rule r { never { span.http.status_code = 500 } }'],
  ],
  [
    'rule r { never { service.name = "a" } }',
    ['BT2002 service'],
    ['rule r { never { resource.service.name = "a" } }'],
  ],
  [
    'rule r { when { status = error } always { name = "b" } before c }',
    ['BT2001 c'],
    ['rule r { when { status = error } as c always { name = "b" } before c }'],
  ],
  [
    'rule r { when { } where .a = 1 always { .b != c.span.b } }',
    ['BT2002 c'],
    ['rule r { when { } where .a = 1 as c always { .b != c.span.b } }'],
  ],
  ['rule r { never { resorce.a = 1 } }', ['BT2002 resorce'], ['rule r { never { resource.a = 1 } }']],
  ['rule r { never c.duration > 3s }', ['BT2002 c'], []],
  ['export let a = { span.k = x.span.k }', ['BT2002 x']],
  [`rule r { never ${A} as x }`, ['BT2010 x'], [`rule r { never ${A} }`]],
  [`rule r { when not ${A} as x  never { status = error } after x }`, ['BT2011 x']],
  [`rule r { when count(${A} as x) > 1  never { status = error } after x }`, ['BT2011 x']],
  [`rule r { when ${A} then not { } as x then { }  never { status = error } after x }`, ['BT2011 x']],
  [`rule r { when ${A} as x and { } before x  never { status = error } after x }`, []],
  [`rule r { when ${A} as x then { name = "b" } as y  never { status = error } between x and y }`, []],
  [`rule r { when ${A} as x and { } as x  never { status = error } after x }`, ['BT2008 x']],
  [`export let a = ${A}\nrule r { when a as a  never { status = error } after a }`, ['BT2007 a']],
  [`rule r { when ${A} as a and { span.k = a.span.k } as b  never a after b }`, ['BT2016 a.span.k']],
  [`rule r { when ${A} as a and { } as b and a.span.k = b.span.k  never { status = error } }`, []],
  [`rule r { when ${A} as a and (a >> { }) as b  never a after b }`, ['BT2017 a']],
  // rules
  [`rule r { never ${A} }\nrule r { never { } >> ${A} }`, ['BT2012 r']],
  [`rule r { when ${A} }`, ['BT2301 r']],
];

describe('names', () => {
  for (const [text, marks, fixed] of CASES) {
    test(text, () => {
      expect(marksOf(text)).toEqual(marks);
      if (fixed) expect(fixedTexts(text)).toEqual(fixed);
    });
  }
});

test('a rule is left out where a pattern of another file is faulty', () => {
  const files = (filter: string) =>
    new Map([
      ['shared.betrace', `export let p = { ${filter} }`],
      ['a.betrace', `use "shared"\nrule r { never p }\nrule other { never ${A} }`],
    ]);
  const ids = (filter: string) => loadWorkspace(files(filter)).rules.map(({ item }) => item.id.text);
  expect(ids('status = error')).toEqual(['r', 'other']);
  expect(ids('status = "error"')).toEqual(['other']);
});

test.each([
  [
    'export',
    'rules/a.betrace',
    '',
    'exported by ../shared.betrace, which this file does not use; write `use "../shared"`',
  ],
  ['export', 'a.betrace', '', 'exported by ./shared.betrace, which'],
  [
    '',
    'a.betrace',
    'use "./shared.betrace"',
    'a pattern of ./shared.betrace alone; write `export let` there',
  ],
  ['', 'a.betrace', '', 'define it with `let p = { … }`'],
])(
  'of a name that is not in reach it is said where it is: %s let, from %s %s',
  (exported, path, use, said) => {
    const files = new Map([
      ['shared.betrace', `${exported} let p = ${A}`],
      [path, `${use} rule r { never p }`],
    ]);
    const found = loadWorkspace(files).files.get(path)?.diagnostics ?? [];
    expect(found.map(({ message }) => message).join('\n')).toContain(said);
  },
);

test('a name that another file exports is brought by a fix, after the uses that are there', () => {
  const text = `use "./other"\n\nrule r { never p }`;
  const files = new Map([
    ['shared.betrace', `export let p = ${A}`],
    ['other.betrace', `export let q = ${A}`],
    ['a.betrace', text],
  ]);
  const [{ fixes = [] } = {}] = (loadWorkspace(files).files.get('a.betrace')?.diagnostics ?? []).filter(
    ({ code }) => code === 'BT2001',
  );
  const [edit] = fixes[0]?.edits ?? [];
  const fixed = `${text.slice(0, edit?.range.start)}${edit?.newText}${text.slice(edit?.range.end)}`;
  const after = loadWorkspace(new Map([...files, ['a.betrace', fixed]])).files.get('a.betrace');
  expect(fixed).toContain('use "./other"\nuse "./shared"');
  expect(after?.diagnostics.filter(({ severity }) => severity === 'error')).toEqual([]);
});
