import { spawnSync } from 'node:child_process';
import { chmod, readdir, readFile, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { formatText } from '../../../engine/language/format/format.js';
import { directoryOf } from '../../blocks/storage/support.js';
import { MAIN } from '../../support/command.js';
import { betrace, runHere } from './support.js';

const UGLY = 'rule   a{never{name="a"}} // why\n';
const NEAT = formatText(UGLY).text;
const BROKEN = 'rule { never }\n';

test('without an option the result is printed and nothing changes', async () => {
  const root = await directoryOf({ 'a.betrace': UGLY });
  expect(await betrace(['fmt', 'a.betrace'], { cwd: root })).toEqual({
    code: 0,
    signal: null,
    out: NEAT,
    err: '',
  });
  expect(await readFile(join(root, 'a.betrace'), 'utf8')).toBe(UGLY);
  expect(NEAT).not.toBe(UGLY);
});

test('--check names what would change, and fails', async () => {
  const root = await directoryOf({ 'a.betrace': UGLY, 'b.betrace': NEAT });
  const { code, out, err } = await betrace(['fmt', '--check', '.'], { cwd: root });
  expect([code, out, err]).toEqual([1, 'a.betrace\n', '1 file would change of 2\n']);
  expect(await readFile(join(root, 'a.betrace'), 'utf8')).toBe(UGLY);
});

test('--write changes files in place, keeps their mode and links, and is done then', async () => {
  const root = await directoryOf({ 'x/real.betrace': UGLY, 'x/neat.betrace': NEAT });
  await chmod(join(root, 'x', 'real.betrace'), 0o640);
  await symlink('x/real.betrace', join(root, 'link.betrace'));
  const first = await runHere('fmt', '--write', join(root, 'link.betrace'), join(root, 'x/neat.betrace'));
  expect([first.code, first.err]).toEqual([0, '1 file changed of 2\n']);
  expect(await readFile(join(root, 'x', 'real.betrace'), 'utf8')).toBe(NEAT);
  expect((await stat(join(root, 'x', 'real.betrace'))).mode & 0o777).toBe(0o640);
  expect((await readdir(join(root, 'x'))).sort()).toEqual(['neat.betrace', 'real.betrace']);
  expect(
    (await readdir(root, { withFileTypes: true }))
      .find(({ name }) => name === 'link.betrace')
      ?.isSymbolicLink(),
  ).toBe(true);
  expect((await runHere('fmt', '--check', root)).code).toBe(0);
});

test('a file with errors is left alone and named, the others are written', async () => {
  const root = await directoryOf({ 'a.betrace': BROKEN, 'b.betrace': UGLY });
  const { code, err } = await runHere('fmt', '--write', root);
  expect(code).toBe(2);
  expect(err).toMatch(/a\.betrace:1:\d+: error BT1\d{3}: .*1 file changed of 2, 1 file with errors\n$/s);
  expect(await readFile(join(root, 'a.betrace'), 'utf8')).toBe(BROKEN);
  expect(await readFile(join(root, 'b.betrace'), 'utf8')).toBe(NEAT);
});

test('standard input is laid out to standard output', () => {
  const run = (...args: readonly string[]) =>
    spawnSync(process.execPath, [MAIN, 'fmt', '-', ...args], {
      input: UGLY,
      encoding: 'utf8',
    });
  expect(run().stdout).toBe(NEAT);
  expect(run('--check').status).toBe(1);
});

test.each<[readonly string[], RegExp]>([
  [[], /no rules given/],
  [['a', '--check', '--write'], /exclude each other/],
  [['-', '--write'], /- is the only argument/],
  [['-', 'a'], /- is the only argument/],
  [['none'], /"none" does not exist/],
])('fmt %j is a usage error', async (args, message) => {
  const { code, err } = await runHere('fmt', ...args);
  expect(code).toBe(2);
  expect(err).toMatch(message);
});

test('a file that is not UTF-8 is refused and left as it is, and its text read as nothing else', async () => {
  const latin = Buffer.from('// first\nrule a {never { name="caf\xe9" }}\n', 'latin1');
  const wide = Buffer.from('\ufeffrule a { never { name = "a" } }\n', 'utf16le');
  const root = await directoryOf({ 'latin.betrace': latin, 'wide.betrace': wide });
  for (const args of [['fmt', '--write'], ['fmt', '--check'], ['check'], ['test']]) {
    const oneByte = await runHere(...args, join(root, 'latin.betrace'));
    expect([oneByte.code, oneByte.out]).toEqual([2, '']);
    expect(oneByte.err).toMatch(/latin\.betrace" is not UTF-8 \(line 2\); save it as UTF-8\.\n/);
    const other = await runHere(...args, join(root, 'wide.betrace'));
    expect([other.code, other.out]).toEqual([2, '']);
    expect(other.err).toMatch(/wide\.betrace" is UTF-16; save it as UTF-8\.\n/);
  }
  expect(await readFile(join(root, 'latin.betrace'))).toEqual(latin);
});
