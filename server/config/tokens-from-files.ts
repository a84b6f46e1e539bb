import type { Token } from '../auth/tokens.js';
import { type FilesOptions, type FromFiles, fromFiles } from '../shared/from-files.js';
import type { Config } from './schema.js';
import { readTokens } from './tokens.js';

/** All tokens, read anew when the file of one changes; those of variables stay what they were. Undefined where none is in a file. */
export async function tokensFromFiles(
  configured: Config['auth']['tokens'],
  tokens: readonly Token[],
  options: Omit<FilesOptions<readonly Token[]>, 'paths' | 'parse'>,
): Promise<FromFiles<readonly Token[]> | undefined> {
  const paths = configured.flatMap(({ tokenFile }) => tokenFile ?? []);
  if (paths.length === 0) return undefined;
  const env = Object.fromEntries(
    configured.flatMap(({ name, tokenEnv }) => {
      const known = tokens.find((token) => token.name === name);
      return tokenEnv === undefined || known === undefined ? [] : [[tokenEnv, known.secret] as const];
    }),
  );
  return await fromFiles({
    ...options,
    paths,
    // No message says what a token is.
    parse: async () => {
      const read = await readTokens(configured, env);
      const [problem] = read.problems;
      if (problem !== undefined) throw new Error(problem.message);
      return read.tokens;
    },
  });
}
