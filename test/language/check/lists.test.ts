import { describe, expect, test } from 'vitest';
import { linkWorkspace } from '../../../engine/language/link/link.js';
import { parseWorkspaceFile } from '../../../engine/language/link/parsed-file.js';
import { loadWorkspace } from '../../../engine/language/link/workspace.js';
import { type ListText, listText, MOST_LIST_VALUES } from '../../../engine/language/scope/lists.js';
import { planRules } from '../../../engine/plan/lower/lower.js';

const FILES: Readonly<Record<string, ListText>> = {
  'eu.txt': { kind: 'text', text: '\ufeffDE\r\n\n  FR  \n"a \\"b\\""\n' },
  'ids.txt': { kind: 'text', text: '42\n-7\n1.5\n"42"\n' },
  'none.txt': { kind: 'text', text: '\n \n' },
  'large.txt': { kind: 'large' },
  'picture.png': { kind: 'binary' },
  'long.txt': { kind: 'text', text: 'x\n'.repeat(MOST_LIST_VALUES + 1) },
};

function load(files: Readonly<Record<string, string>>) {
  return loadWorkspace(new Map(Object.entries(files)), undefined, {
    readList: (_, path) => FILES[path] ?? { kind: 'missing' },
  });
}

function marks(files: Readonly<Record<string, string>>): readonly string[] {
  return [...load(files).files.values()].flatMap(({ text, diagnostics }) =>
    diagnostics.map(({ code, range }) => `${code} ${text.slice(range.start, range.end)}`),
  );
}

/** What `in` compares with, once the list is filled in. */
function valuesIn(definition: string): readonly string[] {
  const { rules } = load({ 'a.betrace': `let it = ${definition}\nrule r { never { span.a in it } }` });
  const [predicate] = planRules(rules).predicates;
  const operands = predicate?.kind === 'logical' ? predicate.operands : [predicate];
  return operands.map((operand) =>
    operand?.kind === 'compare' && operand.right.kind === 'constant'
      ? `${operand.right.type} ${operand.right.value}`
      : '?',
  );
}

describe('the values of a list', () => {
  test.each([
    ['("DE", "FR")', ['string DE', 'string FR']],
    ['(1, -2, 3s)', ['int 1', 'int -2', 'int 3000000000']],
    ['list from "eu.txt"', ['string DE', 'string FR', 'string a "b"']],
    ['list from "ids.txt"', ['int 42', 'int -7', 'double 1.5', 'string 42']],
  ])('%s', (definition, values) => {
    expect(valuesIn(definition)).toEqual(values);
  });

  test('are read as UTF-8 of limited size', () => {
    const bytes = (text: string) => new TextEncoder().encode(text);
    expect(listText(bytes('é'))).toEqual({ kind: 'text', text: 'é' });
    expect(listText(new Uint8Array([0x61, 0xff]))).toEqual({ kind: 'binary' });
    expect(listText(bytes('a\0b'))).toEqual({ kind: 'binary' });
    expect(listText(new Uint8Array(2 ** 20 + 1))).toEqual({ kind: 'large' });
  });
});

const RULE = 'rule r { never { span.a in it } }';

test.each([
  ['let it = ("a")\nrule r { never { span.a not in it } }', []],
  ['let it = ("a", 1)\nrule r { never { span.a in it } }', ['BT2215 1']],
  ['let it = ("a")\nrule r { never { duration in it } }', ['BT2744 it']],
  ['let it = (1)\nrule r { never { span:start in it } }', ['BT2744 it']],
  ['let it = (1s)\nrule r { never { duration in it } }', []],
  ['let it = ("a")\nrule r { never it }', ['BT2741 it']],
  ['let it = { }\nrule r { never { span.a in it } }', ['BT2741 it']],
  ['let its = ("a")\nrule r { never { span.a in it } }', ['BT2004 its', 'BT2740 it']],
  ['let it = ("a")\nlet it = { }\nrule r { never { span.a in it } }', ['BT2003 it']],
  ['let it = ("a")\nlet p = { span.a in it }\nrule r { never p }', []],
  [
    'let it = ("a")\nrule r { when { } as c  always max({ }, span.a) > 1 and { } where span.b in it before c }',
    [],
  ],
  ['let it = ("a")\nrule r { over 5m  never { span.a in it } | rate() > 1 }', []],
  [`let it = list from "missing.txt"\n${RULE}`, ['BT2742 "missing.txt"']],
  [`let it = list from "large.txt"\n${RULE}`, ['BT2742 "large.txt"']],
  [`let it = list from "long.txt"\n${RULE}`, ['BT2742 "long.txt"']],
  [`let it = list from "picture.png"\n${RULE}`, ['BT2742 "picture.png"']],
  [`let it = list from "none.txt"\n${RULE}`, ['BT2743 "none.txt"']],
])('%s', (text, expected) => {
  expect(marks({ 'a.betrace': text })).toEqual(expected);
});

describe('a list of another file', () => {
  test('is seen where the file is used and exports it', () => {
    const files = { 'a.betrace': `use "b"\n${RULE}`, 'b.betrace': 'export let it = list from "eu.txt"' };
    expect(marks(files)).toEqual([]);
    expect(load(files).rules).toHaveLength(1);
  });

  test('is not seen otherwise', () => {
    expect(marks({ 'a.betrace': RULE, 'b.betrace': 'export let it = ("a")' })).toEqual(['BT2740 it']);
    expect(marks({ 'a.betrace': `use "b"\n${RULE}`, 'b.betrace': 'let it = ("a")' })).toEqual([
      'BT2740 it',
      'BT2004 it',
    ]);
  });

  test('that cannot be read is a mistake there, and the rule does not run', () => {
    const files = { 'a.betrace': `use "b"\n${RULE}`, 'b.betrace': 'export let it = list from "large.txt"' };
    expect(marks(files)).toEqual(['BT2742 "large.txt"']);
    expect(load(files).rules).toEqual([]);
  });
});

test('a list whose file has changed is checked and filled in anew, and nothing else is', () => {
  const files = [
    ['a.betrace', `use "b"\n${RULE}`],
    ['b.betrace', 'export let it = list from "it.txt"'],
    ['c.betrace', 'rule other { never { name = "x" } }'],
  ] as const;
  const parsed = new Map(files.map(([path, text]) => [path, parseWorkspaceFile(path, text)]));
  const withText = (text: string, previous?: ReturnType<typeof loadWorkspace>) =>
    linkWorkspace(parsed, undefined, {
      readList: () => ({ kind: 'text', text }),
      ...(previous === undefined ? {} : { previous }),
    });
  const before = withText('DE');
  const after = withText('FR', before);
  const same = withText('FR', after);
  const revision = (workspace: typeof before) =>
    planRules(workspace.rules.filter(({ item }) => item.id.text === 'r')).rules[0]?.revision;
  expect(revision(after)).not.toBe(revision(before));
  expect(after.files.get('c.betrace')).toBe(before.files.get('c.betrace'));
  expect(same.files.get('a.betrace')).toBe(after.files.get('a.betrace'));
});
