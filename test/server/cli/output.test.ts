import { once } from 'node:events';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { directoryOf } from '../../blocks/storage/support.js';
import { FIXTURES, startBetrace } from './support.js';

const RULES = fileURLToPath(new URL('../../../queries/shop', import.meta.url));

test.each(['text', 'json'])(
  'a reader that leaves early does not hide from the exit code what was found: %s',
  async (format) => {
    const root = await directoryOf({});
    const child = startBetrace([
      'replay',
      RULES,
      '--blocks',
      join(FIXTURES, 'shop-v5'),
      '--format',
      format,
      '--cache',
      root,
    ]);
    child.stdout?.destroy();
    let err = '';
    child.stderr?.on('data', (chunk) => {
      err += chunk;
    });
    const [code] = await once(child, 'close');
    expect([code, err]).toEqual([1, '']);
  },
);

test('a reader of errors that leaves early changes nothing', async () => {
  const root = await directoryOf({ 'a.betrace': 'rule a { never { name = } }' });
  const child = startBetrace(['fmt', join(root, 'a.betrace')]);
  child.stderr?.destroy();
  expect((await once(child, 'close'))[0]).toBe(2);
});

test('output that cannot be written is reported, and is not taken for violations', async () => {
  const root = await directoryOf({ 'a.betrace': 'rule a { never { name = "a" } }', out: '' });
  const readOnly = await open(join(root, 'out'), 'r');
  try {
    const child = startBetrace(['check', root], { stdout: readOnly.fd });
    let err = '';
    child.stderr?.on('data', (chunk) => {
      err += chunk;
    });
    const [code] = await once(child, 'close');
    expect([code, err]).toEqual([2, expect.stringMatching(/^betrace: standard output: EBADF.*\n$/)]);
  } finally {
    await readOnly.close();
  }
});
