/** Turns a block of Tempo into flat parquet files. */
import type { ColumnNeeds } from '../../spans/schema.js';
import type { FlatBlock } from '../flat.js';
import type { BlockMeta } from '../meta.js';
import { type Storage, StorageError } from '../storage.js';
import { BlockReadError, CorruptError, ForeignFileError, UnknownShapeError } from './error.js';
import { type Fetched, fetchChunks } from './fetch.js';
import { FlatFile } from './flat-file.js';
import { type Footer, footerLength, readFooter, TAIL_BYTES } from './footer.js';
import { GroupFlattener, planBlock } from './row-group.js';

/** Where the flat files are to be written; existing files are overwritten. `events` and `links` are needed as `needs` are. */
export interface FlatPaths {
  readonly traces: string;
  readonly spans: string;
  readonly events?: string;
  readonly links?: string;
}

export interface FlattenOptions {
  readonly signal?: AbortSignal;
}

/**
 * Reads the columns that `needs` names of every trace in `block`, and writes them as the files of a `FlatBlock`. Memory is
 * bounded by the needed columns of two row groups. Rejects with `BlockReadError` when the block cannot be read, with the
 * signal's reason when it is aborted, and with what `node:fs` throws when a file cannot be written; then the files
 * are incomplete.
 */
export async function flattenBlock(
  storage: Storage,
  block: BlockMeta,
  needs: ColumnNeeds,
  paths: FlatPaths,
  options: FlattenOptions = {},
): Promise<FlatBlock> {
  try {
    return await flattenFast(storage, block, needs, paths, options);
  } catch (error) {
    throw blockError(block, error);
  }
}

async function flattenFast(
  storage: Storage,
  block: BlockMeta,
  needs: ColumnNeeds,
  paths: FlatPaths,
  { signal }: FlattenOptions,
): Promise<FlatBlock> {
  signal?.throwIfAborted();
  const { footer, bytesRead: footerBytes } = await fetchFooter(storage, block);
  const plan = planBlock(footer, block, needs);
  const fetch = (index: number): Promise<Fetched> | undefined => {
    const group = footer.rowGroups[index];
    if (!group) return undefined;
    const fetched = fetchChunks(storage, block.dataPath, group, plan.leaves);
    // It is awaited only after the row group before: until then a failure must not count as unhandled.
    fetched.catch(() => undefined);
    return fetched;
  };
  let bytesRead = footerBytes;
  const files = openFiles(paths, needs);
  try {
    const flattener = new GroupFlattener(plan, files);
    let ahead = fetch(0);
    for (let i = 0; i < footer.rowGroups.length; i++) {
      const fetched = await ahead;
      signal?.throwIfAborted();
      ahead = fetch(i + 1);
      bytesRead += fetched!.bytesRead;
      flattener.flatten(footer.rowGroups[i]!, fetched!.chunks);
    }
    flattener.declareColumns();
    for (const file of Object.values(files)) file.finish();
  } finally {
    for (const file of Object.values(files)) file.close();
  }
  return flatBlock(block, needs, paths, { traces: files.traces.rows, spans: files.spans.rows }, bytesRead);
}

/** The files of a run in the making. */
export interface FlatFiles {
  readonly traces: FlatFile;
  readonly spans: FlatFile;
  readonly events?: FlatFile;
  readonly links?: FlatFile;
}

function openFiles(paths: FlatPaths, needs: ColumnNeeds): FlatFiles {
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

/** The footer in one request where meta.json knows its length. */
export async function fetchFooter(
  storage: Storage,
  block: BlockMeta,
): Promise<{ readonly footer: Footer; readonly bytesRead: number }> {
  const path = block.dataPath;
  const size = block.size > 0 ? block.size : await storage.size(path);
  if (size < 2 * TAIL_BYTES) throw new CorruptError('is too short for a parquet file');
  const guess = Math.min(size, (block.footerSize > 0 ? block.footerSize : 1 << 16) + TAIL_BYTES);
  const tail = await storage.readRange(path, size - guess, size);
  const length = footerLength(tail, size);
  const missing = length + TAIL_BYTES - guess;
  if (missing <= 0) {
    const bytes = tail.subarray(guess - TAIL_BYTES - length, guess - TAIL_BYTES);
    return { footer: readFooter(bytes, size), bytesRead: guess };
  }
  const bytes = await storage.readRange(path, size - TAIL_BYTES - length, size - TAIL_BYTES);
  return { footer: readFooter(bytes, size), bytesRead: guess + length };
}

/** Names the block in whatever went wrong with reading it; leaves other errors as they are. */
function blockError(block: BlockMeta, error: unknown): unknown {
  const { blockId, dataPath } = block;
  if (error instanceof StorageError) {
    const code = error.kind === 'not-found' ? 'BT4003' : error.kind === 'range' ? 'BT4010' : 'BT4004';
    return new BlockReadError(code, blockId, dataPath, error.message, { cause: error });
  }
  if (error instanceof ForeignFileError) {
    return new BlockReadError('BT4011', blockId, dataPath, error.message, { cause: error });
  }
  if (error instanceof CorruptError || error instanceof UnknownShapeError) {
    return new BlockReadError('BT4010', blockId, dataPath, error.message, { cause: error });
  }
  return error;
}
