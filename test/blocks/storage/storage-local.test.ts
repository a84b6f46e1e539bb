import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { localStorage } from '../../../engine/blocks/storage-local.js';
import { directoryOf } from './support.js';

const HELLO = { 'root/a/hello': 'hello', 'root/b': 'b', secret: 'secret' };

test('lists names by kind, sorted, and a missing prefix as empty', async () => {
  const storage = localStorage(join(await directoryOf({ ...HELLO, 'root/a/abc': '' }), 'root'));
  expect(await storage.list('')).toEqual({ directories: ['a'], files: ['b'] });
  expect(await storage.list('a')).toEqual({ directories: [], files: ['abc', 'hello'] });
  expect(await storage.list('missing')).toEqual({ directories: [], files: [] });
  expect(await localStorage(join(await directoryOf({}), 'none')).list('')).toEqual({
    directories: [],
    files: [],
  });
});

test('reads objects, ranges and sizes', async () => {
  const storage = localStorage(join(await directoryOf(HELLO), 'root'));
  expect(Buffer.from(await storage.read('a/hello')).toString()).toBe('hello');
  expect(Buffer.from(await storage.readRange('a/hello', 1, 3)).toString()).toBe('el');
  expect(await storage.size('a/hello')).toBe(5);
});

test('an object that is not there, a directory, and a range past the end are different errors', async () => {
  const storage = localStorage(join(await directoryOf(HELLO), 'root'));
  await expect(storage.read('a/none')).rejects.toMatchObject({ kind: 'not-found', path: 'a/none' });
  await expect(storage.read('b/none')).rejects.toMatchObject({ kind: 'not-found' });
  await expect(storage.read('a')).rejects.toMatchObject({ kind: 'io' });
  await expect(storage.readRange('a/hello', 3, 9)).rejects.toMatchObject({ kind: 'range' });
});

test.each(['../secret', 'a/../../secret', '/etc/hostname', 'a//hello', './b', 'a/.', 'b\0'])(
  'the path %j is refused',
  async (path) => {
    const storage = localStorage(join(await directoryOf(HELLO), 'root'));
    await expect(storage.read(path)).rejects.toMatchObject({ kind: 'outside' });
    await expect(storage.list(path)).rejects.toMatchObject({ kind: 'outside' });
    expect(() => storage.localPath?.(path)).toThrow('not a path');
  },
);

test('a link is followed inside the root and not out of it', async () => {
  const directory = await directoryOf({ ...HELLO, 'other/file': 'x', 'root2/file': 'x' });
  const root = join(directory, 'root');
  await symlink(join(directory, 'other'), join(root, 'out'));
  await symlink('a', join(root, 'in'));
  await symlink('../root2', join(root, 'root2-link')); // whose name begins with that of the root
  const storage = localStorage(root);
  expect((await storage.list('')).directories).toEqual(['a', 'in', 'out', 'root2-link']);
  expect(await storage.size('in/hello')).toBe(5);
  await expect(storage.read('out/file')).rejects.toMatchObject({ kind: 'outside' });
  await expect(storage.read('root2-link/file')).rejects.toMatchObject({ kind: 'outside' });
  await expect(storage.list('out')).rejects.toMatchObject({ kind: 'outside' });
});

test('the root may be a link, and names may hold anything', async () => {
  const directory = await directoryOf(HELLO);
  const strange = 'a\nb\u001b[31m%2e..';
  await mkdir(join(directory, 'root', strange));
  await symlink(join(directory, 'root'), join(directory, 'link'));
  const storage = localStorage(join(directory, 'link'));
  expect((await storage.list('')).directories).toContain(strange);
  expect(await storage.list(strange)).toEqual({ directories: [], files: [] });
});
