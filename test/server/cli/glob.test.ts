import { mkdir, symlink } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { filesUnder, glob, matcher } from '../../../server/rules/glob.js';
import { directoryOf } from '../../blocks/storage/support.js';

test.each<[string, readonly string[], readonly string[]]>([
  ['*.betrace', ['a.betrace', '.betrace', 'a.betrace.bak', '.hidden.betrace'], ['a.betrace']],
  ['.*', ['.hidden', 'a'], ['.hidden']],
  ['a?c', ['abc', 'ac', 'a日c', 'a👍c'], ['abc', 'a日c', 'a👍c']],
  ['[a-c]x', ['ax', 'cx', 'dx'], ['ax', 'cx']],
  ['[!a-c]x', ['ax', 'dx'], ['dx']],
  ['[z-a]x', ['ax'], []],
  ['[]x', ['[]x', 'x'], ['[]x']],
  ['{pay,shop}-*', ['pay-1', 'shop-2', 'auth-3'], ['pay-1', 'shop-2']],
  ['{open', ['{open'], ['{open']],
  ['a.b+(c)$', ['a.b+(c)$', 'aXb'], ['a.b+(c)$']],
  ['x\\d', ['x\\d', 'x1'], ['x\\d']],
])('the pattern %s', (pattern, names, expected) => {
  expect(names.filter(matcher(pattern))).toEqual(expected);
});

test('patterns over folders find files, each once, and no hidden or linked folders', async () => {
  const root = await directoryOf({
    'a.betrace': '',
    'x/b.betrace': '',
    'x/y/c.betrace': '',
    'x/y/d.txt': '',
    '.git/e.betrace': '',
    'node_modules/f.betrace': '',
  });
  await symlink('..', join(root, 'x', 'loop'));
  await mkdir(join(root, 'folder.betrace'));
  const find = async (pattern: string) =>
    (await glob(join(root, pattern))).map((path) => relative(root, path));
  expect(await find('**/*.betrace')).toEqual(['a.betrace', 'x/b.betrace', 'x/y/c.betrace']);
  expect(await find('x/**')).toEqual(['x/b.betrace', 'x/y/c.betrace', 'x/y/d.txt']);
  expect(await find('*/[bc].betrace')).toEqual(['x/b.betrace']);
  expect(await find('x/*/*.{betrace,txt}')).toEqual(['x/loop/a.betrace', 'x/y/c.betrace', 'x/y/d.txt']);
  expect(await find('none/*')).toEqual([]);
  const under = await filesUnder(root, '.betrace');
  expect(under.map((path) => relative(root, path))).toEqual(['a.betrace', 'x/b.betrace', 'x/y/c.betrace']);
});
