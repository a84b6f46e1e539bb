/** Reads the tokens that the configuration names. */
import { readFile } from 'node:fs/promises';
import type { Token } from '../auth/tokens.js';
import { isTenantId } from '../shared/tenant-id.js';
import type { ConfigProblem } from './layer.js';
import type { Config } from './schema.js';

/** What a guess would take centuries for, at any rate that a server answers. */
const LEAST_LENGTH = 16;

type TokenConfig = Config['auth']['tokens'][number];
type Environment = Readonly<Record<string, string | undefined>>;

export async function readTokens(
  configured: readonly TokenConfig[],
  env: Environment,
): Promise<{ readonly tokens: readonly Token[]; readonly problems: readonly ConfigProblem[] }> {
  const tokens: Token[] = [];
  const problems: ConfigProblem[] = [];
  for (const [n, token] of configured.entries()) {
    const path = `auth.tokens.${n}`;
    const refuse = (message: string): void => void problems.push({ path, message });
    if (tokens.some(({ name }) => name === token.name)) refuse(`the name "${token.name}" is taken`);
    if (token.tenants.length === 0) refuse('"tenants" names none: nothing would be open');
    for (const tenant of token.tenants)
      if (tenant !== '*' && !isTenantId(tenant)) refuse(`${JSON.stringify(tenant)} is no tenant id`);
    const read = await secretOf(token, env);
    if ('problem' in read) refuse(read.problem);
    else if (tokens.some(({ secret }) => secret === read.secret)) refuse('another token has the same text');
    else tokens.push({ name: token.name, secret: read.secret, tenants: token.tenants });
  }
  return { tokens, problems };
}

type Secret = { readonly secret: string } | { readonly problem: string };

async function secretOf({ tokenFile, tokenEnv }: TokenConfig, env: Environment): Promise<Secret> {
  if (tokenFile !== undefined && tokenEnv !== undefined)
    return { problem: 'give "token_file" or "token_env", not both' };
  if (tokenFile !== undefined) {
    try {
      return checked((await readFile(tokenFile, 'utf8')).trim(), `the file "${tokenFile}"`);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      return { problem: `the file "${tokenFile}" cannot be read (${code})` };
    }
  }
  if (tokenEnv !== undefined) return checked(env[tokenEnv] ?? '', `the variable ${tokenEnv}`);
  return { problem: '"token_file" or "token_env" is missing' };
}

/** Never says what the text is, as messages are logged. */
function checked(secret: string, where: string): Secret {
  if (secret === '') return { problem: `${where} holds no token` };
  if (!/^[\x21-\x7e]+$/.test(secret))
    return { problem: `${where} holds a token with blanks or characters that no header can carry` };
  if (secret.length < LEAST_LENGTH)
    return { problem: `${where} holds a token shorter than ${LEAST_LENGTH} characters` };
  return { secret };
}
