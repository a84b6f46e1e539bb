import { describe, expect, test } from 'vitest';
import { diagnosticsOf, workspaceOf } from './marked.js';

/** Texts that the parser objects to; what it fills in for the missing part is no reason for a second objection. */
const TEXTS = [
  'rule r { always duration < 3s }',
  'rule r { always { name = }',
  'rule r { always { span. = 3 } }',
  'rule r { always { name = "a" } before }',
  'rule r { always }',
  'rule r { when { name = "a" } as x  always }',
  'rule r { when { name = "a" } as  never { status = error } }',
  'let a = { name = "a" }\nrule r { always  ) }',
  'let = { name = "a" }',
  'let p = { duration }  && ',
  'rule { never { status = error } }',
  'rule r { severity =  never { status = error } }',
  'rule r { never { status = error } }\ntest "t" of { a "b" 0ms..1ms { } expect pass }',
  'rule r { never { status = error } }\ntest "t" of r { a "b" 0ms.. { } expect pass }',
  'rule r { never { status = error } }\ntest "t" of r { a "b" 5ms..1ms { } expect }',
  'use',
];

describe('a broken text is reported once', () => {
  test.each(TEXTS)('%s', (text) => {
    const codes = diagnosticsOf(text).map(({ code }) => code);
    expect(codes.length).toBeGreaterThan(0);
    expect(codes.filter((code) => !code.startsWith('BT1'))).toEqual([]);
  });
});

test('what is sound is checked in spite of a broken clause', () => {
  const codes = diagnosticsOf('rule r { always { name > }  never { status = "error" } }').map(
    ({ code }) => code,
  );
  expect(codes).toEqual(['BT1002', 'BT2202']);
});

test('an error in one rule leaves the others as they are', () => {
  const good = 'rule good { when { name = "a" } as x  never { status = error } after x }';
  const [alone] = workspaceOf(good).rules;
  const bad = [
    'rule bad { never { status = "error" } }',
    'rule bad { never { name = } }',
    'rule bad { when { name = "a" } }',
    'rule bad { never c.duration > "x" }',
    'rule bad { severity = "x"  never nothing }',
  ];
  for (const other of bad) {
    const { rules } = workspaceOf(`${good}\n${other}`);
    expect(rules, other).toEqual([alone]);
  }
});
