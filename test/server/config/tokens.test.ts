import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TokenStore } from '../../../server/auth/tokens.js';
import { readTokens } from '../../../server/config/tokens.js';
import { temporaryDirectory } from '../service/support.js';

const NONE = { tokenFile: undefined, tokenEnv: undefined };
const SECRET = 'correct-horse-battery';

test('a token is read from a file or a variable, without blanks around it', async () => {
  const tokenFile = join(temporaryDirectory(), 'token');
  writeFileSync(tokenFile, `  ${SECRET}1\n`);
  const { tokens, problems } = await readTokens(
    [
      { ...NONE, name: 'a', tokenFile, tenants: ['x'] },
      { ...NONE, name: 'b', tokenEnv: 'B', tenants: ['*'] },
    ],
    { B: `${SECRET}2` },
  );
  expect(problems).toEqual([]);
  expect(tokens.map(({ secret }) => secret)).toEqual([`${SECRET}1`, `${SECRET}2`]);
});

test.each<[string, Record<string, unknown>, RegExp]>([
  ['neither file nor variable', {}, /"token_file" or "token_env" is missing/],
  ['both', { tokenEnv: 'A', tokenFile: 'x' }, /not both/],
  ['an empty variable', { tokenEnv: 'EMPTY' }, /the variable EMPTY holds no token/],
  ['a short token', { tokenEnv: 'SHORT' }, /shorter than 16 characters/],
  ['a token that no header can carry', { tokenEnv: 'ODD' }, /blanks or characters/],
  ['a file that is not there', { tokenFile: '/nowhere/t' }, /cannot be read \(ENOENT\)/],
  ['no tenants', { tokenEnv: 'A', tenants: [] }, /"tenants" names none/],
  ['an odd tenant', { tokenEnv: 'A', tenants: ['a/b'] }, /"a\/b" is no tenant id/],
])('%s is a problem that does not show the token', async (_, given, message) => {
  const env = { A: SECRET, SHORT: 'hush', EMPTY: '', ODD: 'tweedledum and tweedledee' };
  const { problems } = await readTokens([{ ...NONE, name: 'a', tenants: ['t'], ...given }], env);
  expect(problems.map((problem) => problem.message).join()).toMatch(message);
  for (const text of Object.values(env))
    if (text !== '') expect(JSON.stringify(problems)).not.toContain(text);
});

test('two tokens have different names and texts', async () => {
  const token = { ...NONE, tokenEnv: 'A', tenants: ['t'] };
  const twice = await readTokens(
    [
      { ...token, name: 'a' },
      { ...token, name: 'b' },
    ],
    { A: SECRET },
  );
  expect(twice.problems).toEqual([{ path: 'auth.tokens.1', message: 'another token has the same text' }]);
});

test('a store finds the right principal and no other text', () => {
  const store = new TokenStore([
    { name: 'a', secret: SECRET, tenants: ['x'] },
    { name: 'b', secret: `${SECRET}-b`, tenants: ['*'] },
  ]);
  expect(store.find(SECRET)).toMatchObject({ name: 'a', everything: false });
  expect([store.find(SECRET)?.mayReach('x'), store.find(SECRET)?.mayReach('y')]).toEqual([true, false]);
  expect(store.find(`${SECRET}-b`)).toMatchObject({ name: 'b', everything: true });
  for (const other of ['', SECRET.slice(0, -1), `${SECRET} `, SECRET.toUpperCase()])
    expect(store.find(other)).toBeUndefined();
  expect(JSON.stringify(store)).not.toContain(SECRET);
});
