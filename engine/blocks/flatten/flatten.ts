/** Turns a block of Tempo into flat parquet files. */
import type { ColumnNeeds } from '../../plan/schema.js';
import type { FlatBlock } from '../../sql/relations/flat.js';
import { MAX_DURATION, MAX_START } from '../../sql/relations/time-bounds.js';
import { missingColumns } from '../cache/column-sets.js';
import type { BlockMeta } from '../meta.js';
import { type Storage, StorageError } from '../storage.js';
import { STORAGE_CODES } from '../storage-code.js';
import { BlockReadError, CorruptError, ForeignFileError, UnknownShapeError } from './error.js';
import { fetchFooter } from './fetch.js';
import { removeFile } from './flat/file-layout.js';
import { signedBounds } from './flat/flat-parts.js';
import { type FlatPaths, type FlattenOptions, flatBlock, layoutsOf, openFiles } from './flat/paths.js';
import type { Footer } from './parquet/footer.js';
import { planBlock } from './plan.js';
import { GroupFlattener } from './row-group.js';
import { type FetchedGroup, fetchGroup } from './slice/fetch-group.js';

/**
 * Reads the columns that `needs` names of every trace in `block`, those of `base` excepted, and writes them as the files of a `FlatBlock`.
 * Memory is bounded by the needed columns of two row groups. Rejects with `BlockReadError` when the block cannot be read, with the
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
    if (!(error instanceof UnknownShapeError)) throw blockError(block, error);
    options.onFallback?.(error.message);
  }
  // What is there may be other names of the files of the base.
  for (const path of [paths.traces, paths.spans, paths.events, paths.links])
    if (path !== undefined) removeFile(path);
  try {
    const { flattenNested } = await import('./nested/nested.js');
    return await flattenNested(storage, block, needs, paths, options);
  } catch (error) {
    throw blockError(
      block,
      isDuckDbComplaint(error) ? new CorruptError(error.message, { cause: error }) : error,
    );
  }
}

/** What DuckDB says of a file that it cannot read begins with the kind of error; `IO Error` is about the disk. */
function isDuckDbComplaint(error: unknown): error is Error {
  return (
    error instanceof Error && /^[A-Z][\w ]* Error: /.test(error.message) && !error.message.startsWith('IO ')
  );
}

async function flattenFast(
  storage: Storage,
  block: BlockMeta,
  needs: ColumnNeeds,
  paths: FlatPaths,
  { signal, base }: FlattenOptions,
): Promise<FlatBlock> {
  signal?.throwIfAborted();
  const { footer, bytesRead: footerBytes } = await fetchFooter(storage, block);
  const layouts = base && layoutsOf(base);
  const kept = base && layouts && { ...base, layouts };
  const lacks = kept ? missingColumns(kept.needs, needs) : needs;
  const plan = planBlock(footer, block, lacks, kept === undefined);
  const fetch = (index: number): Promise<FetchedGroup> | undefined => {
    const group = footer.rowGroups[index];
    if (!group) return undefined;
    const fetched = fetchGroup(storage, block, footer, group, plan.leaves);
    // It is awaited only after the row group before: until then a failure must not count as unhandled.
    fetched.catch(() => undefined);
    return fetched;
  };
  let bytesRead = footerBytes;
  const gets = {
    traces: plan.traces !== undefined,
    spans: plan.traces !== undefined || lacks.spans.length + lacks.spanAttributes.length > 0,
    events: plan.events !== undefined,
    links: plan.links !== undefined,
  };
  const files = openFiles(paths, gets, kept);
  try {
    const flattener = new GroupFlattener(plan, files);
    let ahead = fetch(0);
    for (let i = 0; i < footer.rowGroups.length; i++) {
      const fetched = await ahead;
      signal?.throwIfAborted();
      ahead = fetch(i + 1);
      bytesRead += fetched!.bytesRead;
      if (fetched!.rows > 0) decode(() => flattener.flatten(fetched!));
    }
    flattener.declareColumns();
    for (const file of Object.values(files)) file.finish();
    return { ...flatBlock(block, needs, paths, flattener, bytesRead), plainTimes: hasPlainTimes(footer) };
  } finally {
    for (const file of Object.values(files)) file.close();
  }
}

/** As far as the statistics of the columns tell. */
function hasPlainTimes({ leaves, rowGroups }: Footer): boolean {
  const bounded = (column: string, most: bigint): boolean => {
    const leaf = leaves.get(`rs.ss.Spans.${column}`);
    return rowGroups.every(({ chunks }) => {
      const bounds = leaf && chunks[leaf.number] && signedBounds(chunks[leaf.number]!);
      return bounds !== undefined && Buffer.from(bounds.max).readBigInt64LE() <= most;
    });
  };
  return bounded('StartTimeUnixNano', MAX_START) && bounded('DurationNano', MAX_DURATION);
}

/** An impossible length that slipped through all checks ends as an array that cannot be made. */
function decode(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (error instanceof RangeError) throw new CorruptError(error.message, { cause: error });
    throw error;
  }
}

/** Names the block in whatever went wrong with reading it; leaves other errors as they are. */
function blockError(block: BlockMeta, error: unknown): unknown {
  const { blockId, dataPath } = block;
  if (error instanceof StorageError) {
    return new BlockReadError(STORAGE_CODES[error.kind], blockId, dataPath, error.message, { cause: error });
  }
  if (error instanceof ForeignFileError) {
    return new BlockReadError('BT4011', blockId, dataPath, error.message, { cause: error });
  }
  if (error instanceof CorruptError || error instanceof UnknownShapeError) {
    return new BlockReadError('BT4010', blockId, dataPath, error.message, { cause: error });
  }
  return error;
}
