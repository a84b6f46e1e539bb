import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { directoryOf } from '../../blocks/storage/support.js';
import { runHere } from './support.js';

const OLD = 'rules: [{ id: paid, condition: "when { order.where(total > 0) } always { payment }" }]\n';
const INVERTED =
  'rules: [{ id: cited, condition: "when { claim } never { citation }", example_violation: { trace: [{ span: claim }] } }]\n';

test('a file is written next to the old one, or into a folder', async () => {
  const root = await directoryOf({ 'old/a.yaml': OLD, 'old/b.yml': INVERTED });
  const first = await runHere('import', join(root, 'old/a.yaml'));
  expect([first.code, first.err]).toEqual([0, '']);
  expect(first.out).toMatch(/old\/a\.betrace: 1 rule\n$/);
  expect(await readFile(join(root, 'old/a.betrace'), 'utf8')).toContain(
    'when   { name = "order" && span.total > 0 }',
  );
  const second = await runHere('import', join(root, 'old/b.yml'), '--out', join(root, 'rules/new'));
  expect(second.code).toBe(0);
  expect(second.out).toMatch(/rules\/new\/b\.betrace: 1 rule, 1 with a comment to read\n$/);
});

test('the result can be checked and tested, and a rule that misses its own example fails its test', async () => {
  const root = await directoryOf({ 'a.yaml': OLD, 'b.yaml': INVERTED });
  await runHere('import', join(root, 'a.yaml'), join(root, 'b.yaml'));
  expect((await runHere('check', root)).code).toBe(0);
  const { code, out } = await runHere('test', root);
  expect(code).toBe(1);
  expect(out).toContain('cited');
});

test('no file is written over without --force', async () => {
  const root = await directoryOf({ 'a.yaml': OLD, 'a.betrace': 'mine' });
  const refused = await runHere('import', join(root, 'a.yaml'));
  expect([refused.code, refused.err]).toEqual([2, expect.stringMatching(/a\.betrace is there already/)]);
  expect(await readFile(join(root, 'a.betrace'), 'utf8')).toBe('mine');
  expect((await runHere('import', '--force', join(root, 'a.yaml'))).code).toBe(0);
  expect(await readFile(join(root, 'a.betrace'), 'utf8')).toContain('rule paid');
});

test('what cannot be read is said, and costs nothing else', async () => {
  const text = `${OLD.trimEnd().slice(0, -1)}, { id: bad, condition: "trace.has(x)" }]\n`;
  const root = await directoryOf({ 'a.yaml': text, 'b.yaml': 'nothing' });
  const { code, out, err } = await runHere('import', join(root, 'a.yaml'), join(root, 'b.yaml'));
  expect(code).toBe(2);
  expect(out).toMatch(/^\S*a\.betrace: 1 rule\n$/);
  expect(err).toMatch(/a\.yaml: rule bad: expected when, always or never at "trace\.has\(x\)"\n/);
  expect(err).toMatch(/b\.yaml: no `rules:` in it\n/);
  expect((await runHere('import', join(root, 'none.yaml'))).code).toBe(2);
});
