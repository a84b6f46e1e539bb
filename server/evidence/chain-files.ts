/** Where the chain of a tenant lies, and what is in its files. */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Link, linkText } from '../../engine/evidence/chain.js';
import { parseLink } from '../../engine/evidence/parse-link.js';

/** In the state directory. */
export const EVIDENCE_FOLDER = 'evidence';

/** A name that no other tenant has, also where a file system does not tell capitals apart. */
export function folderOf(tenant: string): string {
  return tenant.replace(/[^a-z0-9_-]/g, (character) => `%${Buffer.from(character).toString('hex')}`);
}

export function tenantOf(folder: string): string {
  return folder.replace(/%([0-9a-f]{2})/g, (_, hex: string) => Buffer.from(hex, 'hex').toString());
}

/** The tenants that have evidence under a state directory. */
export async function evidenceTenants(stateDirectory: string): Promise<readonly string[]> {
  const entries = await readdir(join(stateDirectory, EVIDENCE_FOLDER), { withFileTypes: true }).catch(
    (error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
      throw error;
    },
  );
  return entries.flatMap((entry) => (entry.isDirectory() ? [tenantOf(entry.name)] : [])).sort();
}

/** Files are named for their first link. */
export function fileName(seq: number): string {
  return `${String(seq).padStart(12, '0')}.jsonl`;
}

/** In the order of the chain. */
export async function chainFiles(directory: string): Promise<readonly string[]> {
  const names = await readdir(directory).catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  });
  return names.filter((name) => /^\d{12}\.jsonl$/.test(name)).sort();
}

export interface ReadFile {
  readonly links: readonly Link[];
  /** Bytes of the whole lines: what follows was cut off in the middle of a write. */
  readonly whole: number;
  readonly bytes: number;
}

/** The chain is not as it was written, and somebody has to look at it. */
export class ChainDamaged extends Error {
  override readonly name = 'ChainDamaged';
}

/** Rejects with `ChainDamaged` for a whole line that is no link as it was written. */
export async function readChainFile(directory: string, name: string): Promise<ReadFile> {
  const buffer = await readFile(join(directory, name));
  const whole = buffer.lastIndexOf(0x0a) + 1;
  const lines = buffer.toString('utf8', 0, whole).split('\n').slice(0, -1);
  const links = lines.map((line, n) => {
    const link = linkOf(line);
    if (link !== undefined) return link;
    throw new ChainDamaged(`BT5031: line ${n + 1} of ${join(directory, name)} is not what was written`);
  });
  return { links, whole, bytes: buffer.length };
}

function linkOf(line: string): Link | undefined {
  try {
    const link = parseLink(JSON.parse(line));
    return link !== undefined && linkText(link) === line ? link : undefined;
  } catch {
    return undefined;
  }
}

/** All links of a tenant. Rejects with `ChainDamaged`. */
export async function readChain(stateDirectory: string, tenant: string): Promise<readonly Link[]> {
  const directory = join(stateDirectory, EVIDENCE_FOLDER, folderOf(tenant));
  const links: Link[] = [];
  for (const name of await chainFiles(directory))
    for (const link of (await readChainFile(directory, name)).links) links.push(link);
  return links;
}
