import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { NOTICE } from '../../../engine/evidence/export.js';
import { temporaryDirectory } from '../service/support.js';
import { FIXTURES, runHere } from './support.js';

async function produced(directory: string, ...args: readonly string[]): Promise<string> {
  const key = join(directory, 'k.pem');
  await runHere('evidence', 'keygen', key);
  const shop = ['queries/shop', '--blocks', join(FIXTURES, 'shop-v5'), '--cache', join(directory, 'cache')];
  const { code, out, err } = await runHere(
    'evidence',
    ...shop,
    '--from',
    '2026-11-19',
    '--to',
    '2026-11-20',
    '--key',
    key,
    ...args,
  );
  expect([code, err]).toEqual([0, '']);
  return out;
}

it('makes a key that only its owner reads, and never writes over one', async () => {
  const file = join(temporaryDirectory(), 'k.pem');
  const { code, out } = await runHere('evidence', 'keygen', file);
  expect(code).toBe(0);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(`${file}.pub`, 'utf8')).toContain('BEGIN PUBLIC KEY');
  expect(out).not.toContain(readFileSync(file, 'utf8').split('\n')[1]);
  expect((await runHere('evidence', 'keygen', file)).err).toContain('a key is never replaced');
});

it('produces evidence by replay that verifies, and says what is wrong once it was changed', async () => {
  const directory = temporaryDirectory();
  const text = await produced(directory);
  const file = join(directory, 'e.json');
  const verify = async (content: string): Promise<{ code: number | null; out: string }> => {
    writeFileSync(file, content);
    return await runHere('evidence', 'verify', file, '--key', join(directory, 'k.pem.pub'));
  };
  const good = await verify(text);
  expect([good.code, good.out]).toEqual([
    0,
    expect.stringMatching(/^verified: 24 records of tenant "single-tenant"/),
  ]);
  const lines = text.split('\n');
  const missing = await verify(lines.filter((_, n) => n !== 5).join('\n'));
  expect([missing.code, missing.out]).toEqual([
    1,
    expect.stringContaining('BT5033 link 6: link 5 is missing'),
  ]);
  const changed = await verify(text.replace('"violated":2', '"violated":0'));
  expect(changed.code).toBe(1);
  const cut = await verify(text.slice(0, -100));
  expect(cut.out).toContain('BT5035 the file is cut off or no JSON');
}, 60_000);

it('states in both forms that evidence is no certification', async () => {
  const directory = temporaryDirectory();
  const text = await produced(directory, '--format', 'md', '--rule', 'double-charge');
  expect(text).toContain(`> ${NOTICE}`);
  expect(text).toContain('never applied');
  expect(text).toMatch(/\| double-charge \| [0-9a-f]{16} \| .* \| \*\*violated\*\* \|/);
}, 60_000);

it.each([
  [['--to', '2026-11-20'], '--from DAY is needed'],
  [['--from', '2026-11-20', '--to', '2026-11-19'], '--from must not be after --to'],
  [['--from', '2026-11-20', '--state', '/nowhere'], 'there is no evidence in'],
  [['queries/shop', '--from', '2026-11-20'], '--key FILE is needed, once'],
  [['verify', 'x'], '--key FILE is needed'],
  [['verify'], 'evidence verify takes one file'],
])('refuses %j', async (args, message) => {
  const { code, err } = await runHere('evidence', ...args);
  expect([code, err]).toEqual([2, expect.stringContaining(message)]);
});
