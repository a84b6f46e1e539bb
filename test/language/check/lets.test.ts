import { expect, test } from 'vitest';
import { marksOf, workspaceOf } from './marked.js';

const ruleIds = (text: string): readonly string[] => workspaceOf(text).rules.map(({ item }) => item.id.text);

test('every let of a circle is reported, and none that only leads to one', () => {
  const text = 'let a = b\nlet b = a\nlet c = a\nrule r { never c }\nrule s { never { status = error } }';
  expect(marksOf(text)).toEqual(['BT2013 a', 'BT2013 b']);
  expect(ruleIds(text)).toEqual(['s']);
});

test('what else is wrong with a let that leads to a circle is reported as well', () => {
  const text = 'let a = a || { }\nlet b = a || { name = 1 }\nrule r { never b }';
  expect(marksOf(text)).toEqual(['BT2013 a', 'BT2202 1']);
});

test('of lets that grow by referring to each other the first too large one is reported', () => {
  const lets = Array.from({ length: 20 }, (_, n) => `let l${n + 1} = l${n} || l${n}`).join('\n');
  const text = `let l0 = { name = "a" }\n${lets}\nrule r { never l20 }\nrule s { never l2 }`;
  const marks = marksOf(text);
  expect(marks).toHaveLength(1);
  expect(marks[0]).toMatch(/^BT2019 l\d+$/);
  expect(ruleIds(text)).toEqual(['s']);
});

test('a rule is too large by what its patterns come to together', () => {
  const lets = Array.from({ length: 9 }, (_, n) => `let l${n + 1} = l${n} || l${n}`).join('\n');
  const clauses = Array.from({ length: 20 }, (_, n) => `never l9 | count() > ${n + 1}`).join('  ');
  const text = `let l0 = { name = "a" }\n${lets}\nrule r { ${clauses} }\nrule s { never l9 }`;
  expect(marksOf(text)).toEqual(['BT2019 r']);
  expect(ruleIds(text)).toEqual(['s']);
});

test('a chain of lets of any length is measured', () => {
  const chain = Array.from({ length: 3000 }, (_, n) => `let l${n + 1} = l${n}`).join('\n');
  const text = `let l0 = { name = "a" }\n${chain}\nrule r { never l3000 }`;
  expect(marksOf(text).every((mark) => mark.startsWith('BT2019 '))).toBe(true);
  expect(ruleIds(text)).toEqual([]);
});

test('a name in text that could not be read is not looked up', () => {
  expect(marksOf('rule r { never { status = error } | rate() > 1 }')).toEqual(['BT1017 rate']);
});
