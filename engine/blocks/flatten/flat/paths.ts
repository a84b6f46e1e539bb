/** The files that flattening a block makes. */
import type { ColumnNeeds } from '../../../plan/schema.js';
import type { FlatBlock } from '../../../sql/relations/flat.js';
import type { BlockMeta } from '../../meta.js';
import { type FileLayout, keepFile, readLayout } from './file-layout.js';
import { FlatFile } from './flat-file.js';

/** Where the flat files are to be written; existing files are overwritten. `events` and `links` are needed as `needs` are. */
export interface FlatPaths {
  readonly traces: string;
  readonly spans: string;
  readonly events?: string;
  readonly links?: string;
}

/** Flat files of the block that hold some of what is needed. */
export interface FlatBase {
  readonly needs: ColumnNeeds;
  readonly block: FlatBlock;
}

export interface FlattenOptions {
  readonly signal?: AbortSignal;
  /** Its columns are taken over, and only what it lacks is read of the block; its files stay as they are. */
  readonly base?: FlatBase;
  /** Bytes that the slow path of `nested.ts` may take, about. */
  readonly memory?: number;
  /** Resolves once there is room for as many bytes as that path takes, which is kept until the block is done. */
  readonly room?: (bytes: number) => Promise<void>;
  /** Called with why a block takes the slow path of `nested.ts`. */
  readonly onFallback?: (reason: string) => void;
}

/** The files in the making: those that get columns. */
export interface FlatFiles {
  readonly traces?: FlatFile;
  readonly spans?: FlatFile;
  readonly events?: FlatFile;
  readonly links?: FlatFile;
}

const ROLES = ['traces', 'spans', 'events', 'links'] as const;
type Role = (typeof ROLES)[number];
type Layouts = Readonly<Partial<Record<Role, FileLayout>>>;

/** The layouts of the files of a base; undefined where one has none, and nothing can be added to it. */
export function layoutsOf({ block }: FlatBase): Layouts | undefined {
  const layouts: Partial<Record<Role, FileLayout>> = {};
  for (const role of ROLES) {
    const file = block[role];
    if (file === undefined) continue;
    const layout = readLayout(file);
    if (layout === undefined) return undefined;
    layouts[role] = layout;
  }
  return layouts;
}

/** Opens the files that get columns; those of the base that get none are kept. Throws what `node:fs` throws. */
export function openFiles(
  paths: FlatPaths,
  gets: Readonly<Record<Role, boolean>>,
  base?: { readonly block: FlatBlock; readonly layouts: Layouts },
): FlatFiles {
  const files: Partial<Record<Role, FlatFile>> = {};
  try {
    for (const role of ROLES) {
      const [file, layout] = [base?.block[role], base?.layouts[role]];
      const kept = file === undefined || layout === undefined ? undefined : { file, layout };
      if (gets[role]) files[role] = new FlatFile(neededPath(paths[role], role), kept);
      else if (kept !== undefined) keepFile(kept.file, neededPath(paths[role], role));
    }
    return files;
  } catch (error) {
    for (const file of Object.values(files)) file.close();
    throw error;
  }
}

/** A path that must be there because its rows are needed; otherwise a `TypeError`: the caller's mistake. */
export function neededPath(path: string | undefined, what: string): string {
  if (path === undefined) throw new TypeError(`a path for ${what} is needed`);
  return path;
}

export function flatBlock(
  block: BlockMeta,
  needs: ColumnNeeds,
  paths: FlatPaths,
  counts: { readonly traces: number; readonly spans: number },
  bytesRead: number,
): FlatBlock {
  return {
    blockId: block.blockId,
    traces: paths.traces,
    spans: paths.spans,
    ...(needs.events ? { events: neededPath(paths.events, 'events') } : {}),
    ...(needs.links ? { links: neededPath(paths.links, 'links') } : {}),
    traceCount: counts.traces,
    spanCount: counts.spans,
    bytesRead,
  };
}
