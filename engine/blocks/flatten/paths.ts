/** The files that flattening a block makes. */
import type { ColumnNeeds } from '../../plan/schema.js';
import type { FlatBlock } from '../../sql/relations/flat.js';
import type { BlockMeta } from '../meta.js';
import { FlatFile } from './flat-file.js';

/** Where the flat files are to be written; existing files are overwritten. `events` and `links` are needed as `needs` are. */
export interface FlatPaths {
  readonly traces: string;
  readonly spans: string;
  readonly events?: string;
  readonly links?: string;
}

export interface FlattenOptions {
  readonly signal?: AbortSignal;
  /** Told why a block takes the slow path of `nested.ts`. */
  readonly onFallback?: (reason: string) => void;
}

/** The files of a run in the making. */
export interface FlatFiles {
  readonly traces: FlatFile;
  readonly spans: FlatFile;
  readonly events?: FlatFile;
  readonly links?: FlatFile;
}

/** Throws what `node:fs` throws. */
export function openFiles(paths: FlatPaths, needs: ColumnNeeds): FlatFiles {
  const opened: FlatFile[] = [];
  const open = (path: string): FlatFile => {
    const file = new FlatFile(path);
    opened.push(file);
    return file;
  };
  try {
    return {
      traces: open(paths.traces),
      spans: open(paths.spans),
      ...(needs.events ? { events: open(neededPath(paths.events, 'events')) } : {}),
      ...(needs.links ? { links: open(neededPath(paths.links, 'links')) } : {}),
    };
  } catch (error) {
    for (const file of opened) file.close();
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
