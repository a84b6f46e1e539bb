import { readFile } from 'node:fs/promises';
import { KeyProblem } from '../../../engine/evidence/keys.js';
import { UsageError } from '../../shared/usage-error.js';

/** The key in a file. Throws `UsageError`, which does not quote it. */
export async function readKey<T>(file: string, parse: (pem: string) => T): Promise<T> {
  const pem = await readFile(file, 'utf8').catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new UsageError(`--key: "${file}" cannot be read (${code}).`);
  });
  try {
    return parse(pem);
  } catch (error) {
    if (error instanceof KeyProblem) throw new UsageError(`--key: "${file}" holds ${error.message}.`);
    throw error;
  }
}
