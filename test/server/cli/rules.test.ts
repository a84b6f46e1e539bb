import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LineIndex } from '../../../server/rules/position.js';
import { displayPath, findRuleFiles, loadRules } from '../../../server/rules/read-rules.js';
import { directoryOf } from '../../blocks/storage/support.js';

test('only the rules and tests of the files that were asked for are to be run', async () => {
  const root = await directoryOf({
    'a.betrace': 'use "lib"\nrule a { never charge }',
    'lib.betrace': 'export let charge = { name = "charge" }\nrule lib { never charge }',
  });
  const { rules, named, workspace } = await loadRules([join(root, 'a.betrace')]);
  expect(rules.map(({ item }) => item.id.text)).toEqual(['a']);
  expect([...named]).toEqual([join(root, 'a.betrace')]);
  expect(workspace.rules.map(({ item }) => item.id.text)).toEqual(['a', 'lib']);
});

test('a file is found once, in the order of the patterns; a name is taken as it is before it is a pattern', async () => {
  const root = await directoryOf({
    'b.betrace': '',
    'a.betrace': '',
    '[ab].betrace': '',
    'sub/c.betrace': '',
  });
  const find = async (...patterns: readonly string[]) =>
    (await findRuleFiles(patterns.map((pattern) => join(root, pattern)))).map((path) =>
      displayPath(path, root),
    );
  expect(await find('b.betrace', '.', './a.betrace')).toEqual([
    'b.betrace',
    '[ab].betrace',
    'a.betrace',
    'sub/c.betrace',
  ]);
  expect(await find('[ab].betrace')).toEqual(['[ab].betrace']);
  expect(await find('?.betrace')).toEqual(['a.betrace', 'b.betrace']);
});

test('a byte order mark is no part of the text', async () => {
  const root = await directoryOf({ 'a.betrace': '\ufeffrule a { never { name = "a" } }' });
  const { workspace } = await loadRules([root]);
  expect([...workspace.files.values()].map(({ text }) => text.startsWith('rule'))).toEqual([true]);
  expect([...workspace.files.values()].flatMap(({ diagnostics }) => diagnostics)).toEqual([]);
});

test('paths are shown from the current folder where they lie in it', () => {
  expect(displayPath('/a/b/c.betrace', '/a')).toBe('b/c.betrace');
  expect(displayPath('/a/b', '/a/b')).toBe('/a/b');
  expect(displayPath('/x/c.betrace', '/a')).toBe('/x/c.betrace');
  expect(displayPath('/a/..b/c', '/a')).toBe('..b/c');
});

test('offsets become lines and columns', () => {
  const lines = new LineIndex('ab\r\n\ncd');
  expect([0, 2, 4, 5, 7, 99].map((offset) => lines.positionOf(offset))).toEqual([
    { line: 1, column: 1 },
    { line: 1, column: 3 },
    { line: 2, column: 1 },
    { line: 3, column: 1 },
    { line: 3, column: 3 },
    { line: 3, column: 95 },
  ]);
  expect([1, 2, 3, 4].map((line) => lines.line(line))).toEqual(['ab', '', 'cd', '']);
});
