/** Reads the key that signs evidence. */
import { readFile } from 'node:fs/promises';
import { KeyProblem, type SigningKey, signingKey } from '../../engine/evidence/keys.js';
import type { ConfigProblem } from './layer.js';
import type { Config } from './schema.js';

type Read = { readonly key?: SigningKey; readonly problems: readonly ConfigProblem[] };

/** Without evidence there is no key. No message says what the key is. */
export async function readEvidenceKey(
  { enabled, keyFile, keyEnv }: Pick<Config['evidence'], 'enabled' | 'keyFile' | 'keyEnv'>,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Read> {
  if (!enabled) return { problems: [] };
  if (keyFile !== undefined && keyEnv !== undefined)
    return refused('key_file', 'give "key_file" or "key_env", not both');
  if (keyFile !== undefined) {
    try {
      return keyOf(await readFile(keyFile, 'utf8'), 'key_file', `the file "${keyFile}"`);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
      return refused('key_file', `the file "${keyFile}" cannot be read (${code})`);
    }
  }
  if (keyEnv !== undefined) return keyOf(env[keyEnv] ?? '', 'key_env', `the variable ${keyEnv}`);
  return refused(
    'key_file',
    'evidence is enabled, and there is no key to sign it; `betrace evidence keygen FILE` makes one',
  );
}

function keyOf(text: string, name: string, where: string): Read {
  try {
    // Newlines in a variable are often written as escapes.
    return { key: signingKey(text.replaceAll('\\n', '\n')), problems: [] };
  } catch (error) {
    if (!(error instanceof KeyProblem)) throw error;
    return refused(name, `${where} holds ${error.message}`);
  }
}

function refused(name: string, message: string): Read {
  return { problems: [{ path: `evidence.${name}`, message: `BT5030: ${message}` }] };
}
