/** Stored traces as a command reads them: with a cache, a progress bar, and nothing left behind when interrupted. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { FlatCache } from '../../engine/blocks/cache/cache.js';
import { FlattenPool } from '../../engine/blocks/flatten/pool.js';
import type { Tenant } from '../../engine/blocks/listing/tenants.js';
import type { Storage } from '../../engine/blocks/storage.js';
import { QueryError } from '../../engine/query/query-error.js';
import type { RunProgress, StoredTraces } from '../../engine/spans/stored-run.js';
import type { Window } from '../../engine/sql/relations/window.js';
import { EngineError } from '../../engine/sql/store/engine-error.js';
import { isOutOfMemory } from '../../engine/sql/store/out-of-memory.js';
import { formatBytes } from '../shared/numbers.js';
import type { Terminal } from '../shared/terminal.js';
import { parseBytes } from '../shared/typed-values.js';
import { UsageError } from '../shared/usage-error.js';
import { openCache } from './cache.js';
import { type ProgressState, startProgress } from './terminal/progress.js';
import { onInterrupt } from './terminal/signals.js';

export interface BlocksToRead {
  readonly storage: Storage;
  readonly tenant: Tenant;
  readonly window: Window;
  /** Bytes, about. */
  readonly memory: number;
  /** Absent: where the operating system keeps caches. */
  readonly cacheDirectory: string | undefined;
}

export interface Timed<T> {
  readonly result: T;
  readonly elapsedMs: number;
}

/** Runs `work` with what it needs to read the blocks. Throws `UsageError` where the memory is not enough, or the question cannot be answered. */
export async function overBlocks<T>(
  { cacheDirectory, ...blocks }: BlocksToRead,
  terminal: Terminal,
  work: (traces: StoredTraces) => Promise<T>,
): Promise<Timed<T>> {
  const flatten = new FlattenPool({
    storage: blocks.storage,
    bytesAhead: Math.floor(blocks.memory * AHEAD_SHARE),
    memory: Math.floor(blocks.memory * NESTED_SHARE),
  });
  const run = { cacheDirectory, memory: blocks.memory };
  return await inRun(run, terminal, (bounds) => work({ ...blocks, ...bounds, flatten })).finally(() =>
    flatten.close(),
  );
}

interface RunBoundsOfCommand {
  readonly cache: FlatCache;
  readonly tempDirectory: string;
  readonly signal: AbortSignal;
  readonly onProgress: (progress: RunProgress) => void;
}

/** Runs `work` with a folder of its own, a progress bar, and an end where the user wants one. Throws `UsageError` as `overBlocks` does. */
export async function inRun<T>(
  { cacheDirectory, memory }: { readonly cacheDirectory: string | undefined; readonly memory: number },
  terminal: Terminal,
  work: (bounds: RunBoundsOfCommand) => Promise<T>,
): Promise<Timed<T>> {
  const started = performance.now();
  const cache = openCache(cacheDirectory);
  const tempDirectory = join(cache.directory, 'tmp', `${process.pid}-${randomBytes(8).toString('hex')}`);
  const removeTemporaries = (): void => {
    cache.removeOwnTemporariesNow();
    // The database may be writing its last page into it.
    rmSync(tempDirectory, { recursive: true, force: true, maxRetries: 3, retryDelay: 20 });
  };
  const progress = startProgress(terminal);
  const interrupt = new AbortController();
  const forget = onInterrupt(() => {
    interrupt.abort();
    progress.clear();
    removeTemporaries();
  });
  let read: ProgressState = { blocksDone: 0, blocks: 0, spans: 0 };
  const onProgress = (state: RunProgress): void => {
    const part = state.total === 0 ? 1 : state.done / state.total;
    if (state.stage === 'reading') {
      read = { blocksDone: state.done, blocks: state.total, spans: state.spans };
      progress.update({ ...read, fraction: part * READING_SHARE });
    } else progress.update({ ...read, fraction: READING_SHARE + part * (1 - READING_SHARE) });
  };
  try {
    // Not before: a process that is stopped in between would leave it.
    mkdirSync(tempDirectory, { recursive: true, mode: 0o700 });
    const { signal } = interrupt;
    const result = await work({ cache, tempDirectory, signal, onProgress });
    return { result, elapsedMs: performance.now() - started };
  } catch (error) {
    if (error instanceof QueryError || error instanceof EngineError)
      throw new UsageError(`${error.code}: ${error.message}.`);
    throw notEnoughMemory(error, memory) ?? error;
  } finally {
    progress.clear();
    removeTemporaries();
    forget();
  }
}

/** Very long traces may need more than the bound; that is for the user to decide. */
function notEnoughMemory(error: unknown, memory: number): UsageError | undefined {
  if (!isOutOfMemory(error)) return undefined;
  return new UsageError(`--memory: ${formatBytes(memory)} are not enough for this run.`);
}

/** The database fills its share only when all blocks are read. */
const AHEAD_SHARE = 0.25;
/** Of blocks that DuckDB reads as they are; the rest is for Node. */
const NESTED_SHARE = 0.5;

/** Reading a block for the first time takes about this much of a run, evaluating the rest. */
const READING_SHARE = 0.7;

/** For the options of a command. */
export const MEMORY_OPTION = {
  memory: { type: 'string', value: 'SIZE', help: 'about how much memory to use: 512MB, 1GiB (default)' },
} as const;

const DEFAULT_MEMORY = 2 ** 30;
const LEAST_MEMORY = 2 ** 27;

/** The bytes that `--memory` gives. Throws `UsageError`. */
export function parseMemory(text: string | undefined): number {
  const memory = text === undefined ? DEFAULT_MEMORY : parseBytes('--memory', text);
  if (memory < LEAST_MEMORY) throw new UsageError('--memory: at least 128MiB are needed.');
  return memory;
}
