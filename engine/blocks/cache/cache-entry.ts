/**
 * One entry of the cache: a directory with the flat files of a block and a `manifest.json`, which says what they are and
 * how large. The manifest's modification time is the time of the last use.
 */
import { readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { ColumnNeeds } from '../../plan/schema.js';
import type { FlatBlock } from '../../sql/relations/flat.js';
import { FLAT_FORMAT_VERSION } from './cache-key.js';

/** Where a build writes. It need not write all; what it wrote is what its `FlatBlock` names. */
export interface FlatPaths {
  readonly directory: string;
  readonly traces: string;
  readonly spans: string;
  readonly events: string;
  readonly links: string;
}

export function flatPaths(directory: string): FlatPaths {
  const file = (name: string) => join(directory, `${name}.parquet`);
  return {
    directory,
    traces: file('traces'),
    spans: file('spans'),
    events: file('events'),
    links: file('links'),
  };
}

const FILES = ['traces', 'spans', 'events', 'links'] as const;
type FileRole = (typeof FILES)[number];

export interface Manifest {
  readonly version: number;
  readonly needs: ColumnNeeds;
  readonly blockId: string;
  readonly traceCount: number;
  readonly spanCount: number;
  readonly plainTimes?: boolean;
  /** Of which traces the files are right (`rowsKey`); absent for all. */
  readonly rows?: string;
  /** File names within the directory and their sizes in bytes. */
  readonly files: Readonly<Partial<Record<FileRole, { readonly name: string; readonly size: number }>>>;
}

/** Completes the directory of a build; from here on it may be renamed into place. */
export async function writeManifest(
  directory: string,
  built: FlatBlock,
  needs: ColumnNeeds,
  rows?: string,
): Promise<Manifest> {
  const files: Partial<Record<FileRole, { name: string; size: number }>> = {};
  for (const role of FILES) {
    const path = built[role];
    if (path === undefined) continue;
    const name = basename(path);
    files[role] = { name, size: (await stat(join(directory, name))).size };
  }
  const { blockId, traceCount, spanCount, plainTimes = false } = built;
  const counts = { traceCount, spanCount, plainTimes };
  const ofRows = rows === undefined ? {} : { rows };
  const manifest: Manifest = { version: FLAT_FORMAT_VERSION, needs, blockId, ...counts, ...ofRows, files };
  await writeFile(join(directory, 'manifest.json'), JSON.stringify(manifest));
  return manifest;
}

/** The manifest of an entry, or undefined where there is none that can be understood. */
export async function readManifest(directory: string): Promise<Manifest | undefined> {
  try {
    const json: unknown = JSON.parse(await readFile(join(directory, 'manifest.json'), 'utf8'));
    return isManifest(json) ? json : undefined;
  } catch {
    return undefined;
  }
}

/** Whether all files are there with the sizes that they were written with. */
export async function isIntact(directory: string, manifest: Manifest): Promise<boolean> {
  for (const { name, size } of Object.values(manifest.files)) {
    const found = await stat(join(directory, name)).catch(() => undefined);
    if (!found?.isFile() || found.size !== size) return false;
  }
  return true;
}

export function entryBytes(manifest: Manifest): number {
  return Object.values(manifest.files).reduce((sum, { size }) => sum + size, 0);
}

/** The flat block of an entry. `bytesRead` is what a build read, 0 without one. */
export function flatBlockOf(directory: string, manifest: Manifest, bytesRead: number): FlatBlock {
  const { files, blockId, traceCount, spanCount, plainTimes = false } = manifest;
  const path = (role: FileRole) => join(directory, files[role]?.name ?? '');
  return {
    blockId,
    traces: path('traces'),
    spans: path('spans'),
    ...(files.events && { events: path('events') }),
    ...(files.links && { links: path('links') }),
    plainTimes,
    traceCount,
    spanCount,
    bytesRead,
  };
}

/** Marks an entry as used now. */
export async function touch(directory: string): Promise<void> {
  const now = new Date();
  await utimes(join(directory, 'manifest.json'), now, now).catch(() => undefined); // another process may evict it
}

/** When an entry was last used, in milliseconds since the Unix epoch; 0 if that is unknown. */
export async function lastUse(directory: string): Promise<number> {
  return (await stat(join(directory, 'manifest.json')).catch(() => undefined))?.mtimeMs ?? 0;
}

/** The cache's own files: a wrong shape means damage or a stranger's file, not an attack to withstand. */
function isManifest(json: unknown): json is Manifest {
  if (typeof json !== 'object' || json === null) return false;
  const { version, needs, files } = json as Partial<Manifest>;
  if (version !== FLAT_FORMAT_VERSION || typeof needs !== 'object' || typeof files !== 'object') return false;
  const named = Object.values(files).every(
    (file) => typeof file?.name === 'string' && file.name === basename(file.name),
  );
  return (
    named &&
    !!files.traces &&
    !!files.spans &&
    Array.isArray(needs.spans) &&
    Array.isArray(needs.spanAttributes)
  );
}
