import { writeFile } from 'node:fs/promises';
import { newKey, publicPem, signingKey } from '../../../engine/evidence/keys.js';
import { printable } from '../../shared/printable.js';
import type { Terminal } from '../../shared/terminal.js';
import { UsageError } from '../../shared/usage-error.js';

/** Writes a new private key, readable by its owner alone, and next to it the public one. Never overwrites a file. */
export async function keygen(file: string, terminal: Terminal): Promise<0> {
  const pem = newKey();
  const key = signingKey(pem);
  await write(file, pem, 0o600);
  await write(`${file}.pub`, publicPem(key), 0o644);
  terminal.out(
    [
      `key ${key.id}`,
      `private: ${printable(file)} (keep it secret; the service reads it as evidence.key_file)`,
      `public:  ${printable(`${file}.pub`)} (for betrace evidence verify --key)`,
      '',
    ].join('\n'),
  );
  return 0;
}

async function write(file: string, text: string, mode: number): Promise<void> {
  await writeFile(file, text, { flag: 'wx', mode }).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST')
      throw new UsageError(`"${file}" is there already: a key is never replaced. Name another file.`);
    throw error;
  });
}
