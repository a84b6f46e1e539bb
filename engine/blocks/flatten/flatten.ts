/** Turns a block of Tempo into flat parquet files. */
import type { ColumnNeeds } from '../../plan/schema.js';
import type { FlatBlock } from '../../sql/relations/flat.js';
import { MAX_DURATION, MAX_START } from '../../sql/relations/time-bounds.js';
import type { BlockMeta } from '../meta.js';
import { type Storage, StorageError } from '../storage.js';
import { STORAGE_CODES } from '../storage-code.js';
import { BlockReadError, CorruptError, ForeignFileError, UnknownShapeError } from './error.js';
import { fetchFooter, readingCost } from './fetch.js';
import { removeFile } from './flat/file-layout.js';
import { signedBounds } from './flat/flat-parts.js';
import { type FlatPaths, type FlattenOptions, flatBlock, layoutsOf, openFiles } from './flat/paths.js';
import type { Footer } from './parquet/footer.js';
import { planBlock } from './plan.js';
import { GroupFlattener, type GroupRows } from './row-group.js';
import { type FetchedGroup, fetchGroup } from './slice/fetch-group.js';
import { fetchRows, planRows, type RowsOfGroup } from './sparse.js';

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
  const plan = planBlock(footer, block, needs, kept?.needs);
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
    spans:
      kept === undefined || plan.spanColumns.length + plan.scopeTexts.length + plan.attributes.length > 0,
    events: plan.events !== undefined,
    links: plan.links !== undefined,
  };
  const files = openFiles(paths, gets, kept);
  try {
    const flattener = new GroupFlattener(plan, files, kept === undefined);
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

/**
 * The same of some traces alone, by their numbers in the block, which ascend: of row groups and pages that have none of them nothing is read.
 * The files have all traces and, of the row groups that were read, all spans; but what they say is right for these traces only.
 * Undefined for a part of a block (`BlockMeta.ids`), where it would take more than a share of the bytes that all traces take, or where pages are of an unknown shape.
 */
export async function flattenRows(
  storage: Storage,
  block: BlockMeta,
  needs: ColumnNeeds,
  paths: FlatPaths,
  rows: readonly number[],
  { signal, most = MOST_OF_ROWS }: RowsOptions = {},
): Promise<FlatBlock | undefined> {
  // Its traces have other numbers.
  if (block.ids !== undefined) return undefined;
  try {
    signal?.throwIfAborted();
    const { footer, bytesRead: footerBytes } = await fetchFooter(storage, block);
    const plan = planBlock(footer, block, needs);
    const wanted = await planRows(storage, block.dataPath, footer, plan, rows);
    if (wanted.bytes > most * readingCost(footer, plan.leaves).bytes) return undefined;
    const files = openFiles(paths, {
      traces: true,
      spans: true,
      events: plan.events !== undefined,
      links: plan.links !== undefined,
    });
    try {
      const flattener = new GroupFlattener(plan, files, true);
      const fetch = (group: RowsOfGroup | undefined): Promise<GroupRows> | undefined => {
        const fetched = group && fetchRows(storage, block.dataPath, group, plan);
        fetched?.catch(() => undefined);
        return fetched;
      };
      let ahead = fetch(wanted.groups[0]);
      for (let i = 0; i < wanted.groups.length; i++) {
        const fetched = await ahead;
        signal?.throwIfAborted();
        ahead = fetch(wanted.groups[i + 1]);
        decode(() => flattener.flatten(fetched!));
      }
      flattener.declareColumns();
      for (const file of Object.values(files)) file.finish();
      const bytes = footerBytes + wanted.bytes;
      return { ...flatBlock(block, needs, paths, flattener, bytes), plainTimes: hasPlainTimes(footer) };
    } finally {
      for (const file of Object.values(files)) file.close();
    }
  } catch (error) {
    if (error instanceof UnknownShapeError) return undefined;
    throw blockError(block, error);
  }
}

interface RowsOptions extends Pick<FlattenOptions, 'signal'> {
  /** Of the bytes of all traces. */
  readonly most?: number;
}

/** What is read whole is in the cache for the next question. */
const MOST_OF_ROWS = 0.5;

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
