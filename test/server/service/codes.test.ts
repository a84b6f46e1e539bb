import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { CODES } from '../../../server/shared/codes.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

test('the catalogue has every code that the service gives, and no other of its kind', () => {
  const given = ['engine', 'server'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts') && !name.endsWith('-codes.ts'))
      .flatMap((name) => readFileSync(join(root, folder, name), 'utf8').match(/BT5\d{3}/gu) ?? []),
  );
  const known = [...CODES.keys()].filter((code) => code.startsWith('BT5'));
  expect([...new Set(given)].sort()).toEqual(known);
});
