import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { claimFormat, DATA_FORMAT } from '../../../server/live/data-format.js';
import { temporaryDirectory } from '../service/support.js';

const text = (directory: string): string => readFileSync(join(directory, 'format.json'), 'utf8');

it('a new folder gets the format of this version, and keeps it', async () => {
  const directory = temporaryDirectory();
  expect(await claimFormat(directory, '1.0')).toBeUndefined();
  expect(JSON.parse(text(directory))).toEqual({ format: DATA_FORMAT, by: '1.0' });
  expect(await claimFormat(directory, '1.1')).toBe(DATA_FORMAT);
  expect(JSON.parse(text(directory))).toEqual({ format: DATA_FORMAT, by: '1.0' });
});

it('a folder from before formats were named is upgraded', async () => {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, 'spans'));
  expect(await claimFormat(directory, '1.0')).toBe(1);
  expect(JSON.parse(text(directory))).toEqual({ format: DATA_FORMAT, by: '1.0' });
});

it('a folder of a newer version is refused and left as it is', async () => {
  const directory = temporaryDirectory();
  const newer = JSON.stringify({ format: DATA_FORMAT + 1, by: '9.0' });
  writeFileSync(join(directory, 'format.json'), newer);
  await expect(claimFormat(directory, '1.0')).rejects.toMatchObject({
    code: 'BT5041',
    message: expect.stringContaining(`has format ${DATA_FORMAT + 1}, written by betrace 9.0; this is 1.0`),
  });
  expect([readdirSync(directory), text(directory)]).toEqual([['format.json'], newer]);
});

it.each([
  ['\u0001\u0002', 'is no JSON'],
  ['[]', 'names no format'],
  ['{"format":"2"}', 'names no format'],
])('%j is named as no format', async (content, what) => {
  const directory = temporaryDirectory();
  writeFileSync(join(directory, 'format.json'), content);
  await expect(claimFormat(directory, '1.0')).rejects.toMatchObject({
    code: 'BT5042',
    message: expect.stringContaining(`format.json" ${what}`),
  });
  expect(text(directory)).toBe(content);
});
