import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { blockId, directoryOf, metaJson } from '../../blocks/storage/support.js';
import { betrace, runHere } from './support.js';

const GOOD = 'rule good { never { name = "a" } }\n';
const BAD = 'rule bad {\n\tseverity = critcal\n\tnever { name = "a" }\n}\n';

test('rules without mistakes pass', async () => {
  const root = await directoryOf({
    'a.betrace': GOOD,
    'sub/b.betrace': 'rule other { always { name = "b" } }',
  });
  expect(await betrace(['check', '.'], { cwd: root })).toEqual({
    code: 0,
    signal: null,
    out: '2 files, 2 rules: no problems\n',
    err: '',
  });
});

test('a mistake is shown in its line, with a fix', async () => {
  const root = await directoryOf({ 'sub/bad.betrace': BAD });
  const { code, out } = await betrace(['check', 'sub'], { cwd: root });
  expect(code).toBe(2);
  expect(out).toMatch(/^sub\/bad\.betrace:2:13: error BT\d{4}: .*critical/);
  expect(out).toContain('\n  2 |   severity = critcal\n    |              ^^^^^^^\n  fix: ');
  expect(out).toMatch(/\n1 file, 1 rule: 1 error\n$/);
});

test('of several things that may be meant each is to be tried', async () => {
  const root = await directoryOf({
    'bad.betrace': 'rule r { never { span.a > 99999999999999999999 } }\n',
  });
  const { out } = await betrace(['check', 'bad.betrace'], { cwd: root });
  expect(out).toContain('\n  try: Use maxInt\n  try: Make it a float\n');
});

test('colours are for terminals, or on demand', async () => {
  const root = await directoryOf({ 'bad.betrace': BAD });
  const run = (env: Readonly<Record<string, string>>) =>
    betrace(['check', 'bad.betrace'], { cwd: root, env });
  expect((await run({})).out).not.toContain('\u001b');
  expect((await run({ FORCE_COLOR: '1' })).out).toContain('\u001b[31m');
  expect((await run({ FORCE_COLOR: '1', NO_COLOR: '1' })).out).not.toContain('\u001b');
});

test('JSON has offsets, lines and fixes that can be applied', async () => {
  const root = await directoryOf({ 'bad.betrace': BAD });
  const { code, out } = await betrace(['check', 'bad.betrace', '--format', 'json'], { cwd: root });
  expect(code).toBe(2);
  const json = JSON.parse(out) as { diagnostics: { fixes: { edits: object[] }[] }[] };
  const range = {
    start: { offset: 23, line: 2, column: 13 },
    end: { offset: 30, line: 2, column: 20 },
  };
  expect(json).toMatchObject({
    files: 1,
    rules: 1,
    errors: 1,
    warnings: 0,
    diagnostics: [{ path: 'bad.betrace', severity: 'error', range }],
  });
  expect(json.diagnostics[0]?.fixes[0]?.edits).toEqual([{ range, newText: 'critical' }]);
});

test('annotations for GitHub name the file from the root of the repository', async () => {
  const root = await directoryOf({ 'rules/a,b.betrace': BAD });
  const { code, out } = await betrace(['check', '--format', 'github', '.'], {
    cwd: join(root, 'rules'),
    env: { GITHUB_WORKSPACE: root },
  });
  expect(code).toBe(2);
  expect(out).toMatch(
    /^::error file=rules\/a%2Cb\.betrace,line=2,endLine=2,col=13,endColumn=19,title=BT\d{4}::.*%0Afix: .*\n$/,
  );
});

test('warnings pass, unless strict', async () => {
  // A pattern that nothing uses.
  const root = await directoryOf({ 'a.betrace': `let unused = { name = "b" }\n${GOOD}` });
  const lenient = await runHere('check', join(root, 'a.betrace'));
  expect(lenient.out).toMatch(/warning BT\d{4}.*: 1 warning\n$/s);
  expect(lenient.code).toBe(0);
  expect((await runHere('check', '--strict', join(root, 'a.betrace'))).code).toBe(2);
  const github = await runHere('check', '--format', 'github', join(root, 'a.betrace'));
  expect(github.out).toMatch(/^::warning file=/);
});

test('files that are only used are read too, and each file once', async () => {
  const root = await directoryOf({
    'a.betrace': 'use "lib/shared"\nrule a { never charge }',
    'lib/shared.betrace': 'use "../a"\nexport let charge = { name = "charge" }',
  });
  const { code, out } = await runHere(
    'check',
    join(root, 'a.betrace'),
    join(root, 'a.betrace'),
    `${root}/*.betrace`,
  );
  expect([code, out]).toEqual([0, '2 files, 1 rule: no problems\n']);
});

test('a use that leads nowhere, or to a device, is a diagnostic', async () => {
  const root = await directoryOf({ 'a.betrace': `use "none"\nuse "link"\n${GOOD}` });
  await symlink('/dev/zero', join(root, 'link'));
  const { code, out } = await runHere('check', join(root, 'a.betrace'));
  expect(code).toBe(2);
  expect(out).toMatch(/a\.betrace:1:\d+: error BT\d{4}.*a\.betrace:2:\d+: error BT/s);
});

test('blocks whose attributes could not be looked at are named, and do not fail the check', async () => {
  const root = await directoryOf({
    'a.betrace': GOOD,
    [`tempo/shop/${blockId(1)}/meta.json`]: JSON.stringify(metaJson('')),
  });
  const args = ['--blocks', join(root, 'tempo'), '--cache', join(root, 'cache')];
  const { code, out, err } = await runHere('check', join(root, 'a.betrace'), ...args);
  expect([code, out]).toEqual([0, '1 file, 1 rule: no problems\n']);
  expect(err).toBe(`unread BT4003: block ${blockId(1)}: its data file is gone\n`);
  expect((await runHere('check', join(root, 'a.betrace'), '--blocks', join(root, 'none'))).code).toBe(2);
});

test('what a rule file holds cannot act on the terminal', async () => {
  const hostile = 'rule r { never { name = "\u001b]0;owned\u0007" && span.x\u202e = \u009b31m } }\n';
  const root = await directoryOf({ 'evil\u001b[2J.betrace': hostile });
  for (const format of ['text', 'json', 'github']) {
    const { code, out } = await runHere('check', '--format', format, root);
    expect(code).toBe(2);
    expect(out).toContain('evil\\u001b[2J.betrace');
    expect(out).not.toMatch(/(?!\n)[\p{Cc}\u202e]/u);
  }
});

test('of a very long line the part with the mistake is shown', async () => {
  const long = `rule r { never { ${'name = "a" || '.repeat(100)}nme = "b" || ${'name = "a" || '.repeat(100)}name = "c" } }`;
  const root = await directoryOf({ 'a.betrace': long });
  const { out } = await runHere('check', root);
  const [source = '', carets = ''] = out.split('\n').slice(1, 3);
  expect(source.length).toBeLessThanOrEqual(100);
  const column = carets.indexOf('^');
  expect(source.slice(column, column + 3)).toBe('nme');
});

test('wide characters and tabs before a mistake do not move the caret', async () => {
  const root = await directoryOf({
    'a.betrace': '\t/* 日本 */ rule r { severity = critcal never { name = "a" } }',
  });
  const [source = '', carets = ''] = (await runHere('check', root)).out.split('\n').slice(1, 3);
  // Two wide characters take two columns more than they have code units.
  expect(carets.indexOf('^')).toBe(source.indexOf('critcal') + 2);
});

test.each<[string, readonly string[], RegExp]>([
  ['no rules', [], /no rules given/],
  ['a file that does not exist', ['none.betrace'], /"none\.betrace" does not exist/],
  ['a folder without rules', ['empty'], /the folder "empty" holds no \*\.betrace file/],
  ['a pattern without a match', ['*.nothing'], /no file matches "\*\.nothing"/],
  ['an unknown format', ['a.betrace', '--format', 'sarif'], /"sarif" is not one of text, json, github/],
])('%s is a usage error', async (_, args, message) => {
  const root = await directoryOf({ 'a.betrace': GOOD, 'empty/other.txt': '' });
  const { code, out, err } = await betrace(['check', ...args], { cwd: root });
  expect([code, out]).toEqual([2, '']);
  expect(err).toMatch(message);
});
