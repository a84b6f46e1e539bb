import { readFile } from 'node:fs/promises';
import { verifyingKey } from '../../../engine/evidence/keys.js';
import { type EvidenceProblem, type Verification, verifyExport } from '../../../engine/evidence/verify.js';
import { plural } from '../../shared/numbers.js';
import { printable } from '../../shared/printable.js';
import type { Terminal } from '../../shared/terminal.js';
import { UsageError } from '../../shared/usage-error.js';
import { readKey } from './read-key.js';

/** Problems shown; a file that is wrong throughout says so in fewer. */
const MOST_SHOWN = 20;

/** Exit code 0 where nothing is wrong, else 1. */
export async function verifyFile(
  file: string,
  keyFiles: readonly string[],
  terminal: Terminal,
): Promise<0 | 1> {
  if (keyFiles.length === 0)
    throw new UsageError(
      '--key FILE is needed: the public key of who signed. Take it from them, not with the file.',
    );
  const keys = await Promise.all(keyFiles.map(async (key) => await readKey(key, verifyingKey)));
  const found = verifyExport(await textOf(file), keys);
  const { problems, remarks } = found;
  for (const problem of problems.slice(0, MOST_SHOWN)) terminal.out(`${problemText(file, problem)}\n`);
  if (problems.length > MOST_SHOWN) terminal.out(`and ${problems.length - MOST_SHOWN} more\n`);
  for (const remark of remarks) terminal.out(`note: ${printable(remark)}\n`);
  terminal.out(
    `${problems.length > 0 ? `NOT VERIFIED: ${plural(problems.length, 'problem')}` : verified(found)}\n`,
  );
  return problems.length > 0 ? 1 : 0;
}

function problemText(file: string, { code, seq, message }: EvidenceProblem): string {
  return printable(`${file}: ${code} ${seq === undefined ? '' : `link ${seq}: `}${message}`);
}

function verified({ evidence }: Verification): string {
  if (evidence === undefined) return 'verified';
  const { tenant, days, links } = evidence;
  const records = links.filter(({ record }) => record?.kind === 'rule').length;
  return printable(
    `verified: ${plural(records, 'record')} of tenant "${tenant}", ${days.first} to ${days.last}; head ${links.at(-1)?.hash}`,
  );
}

/** As the bytes are: text that is no UTF-8 must not become something else. */
async function textOf(file: string): Promise<string> {
  const bytes = await readFile(file).catch((error: unknown) => {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    throw new UsageError(`"${file}" cannot be read (${code}).`);
  });
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return '';
  }
}
