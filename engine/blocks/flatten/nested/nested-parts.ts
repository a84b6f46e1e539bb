/** The traces of a block part after part, so that memory is enough however large the block is. */
import { rm } from 'node:fs/promises';
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import { isOutOfMemory } from '../../../sql/store/out-of-memory.js';
import type { FlatPaths } from '../flat/paths.js';
import type { Footer } from '../parquet/footer.js';
import { text } from './nested-sql.js';

/** Rows of the block, which are traces; `to` is exclusive. */
export interface Part {
  readonly from: number;
  readonly to: number;
}

/**
 * The database decodes 2048 traces at once, of every column, however few of them are asked for: about 100 MB for traces of eight spans. With less
 * memory than this hardly any block is read.
 */
const LEAST_MEMORY = 128 * 2 ** 20;
const BYTES_OF_DECODING = 96 * 2 ** 20;
/** What the tables of a part take for an entry of its longest column, which is that of the attributes of spans as a rule. */
const BYTES_OF_ENTRY = 1536;
/** 26,000 spans with five attributes. In larger parts nothing is gained. */
const MOST_ENTRIES = 1 << 17;

export interface NestedBudget {
  /** Bytes that the database may use. */
  readonly memory: number;
  /** Of the longest column of a part. */
  readonly entries: number;
}

/** Of a block that may take so many bytes. */
export function nestedBudget(memory: number): NestedBudget {
  const own = Math.max(LEAST_MEMORY, memory);
  return {
    memory: own,
    entries: Math.min(MOST_ENTRIES, Math.floor((own - BYTES_OF_DECODING) / BYTES_OF_ENTRY)),
  };
}

/**
 * Calls `read` with one part after the other, and with the halves of one where it rejects as memory is not enough. Rejects as `read` does, for a
 * single trace that does not fit as well. `isAll`: there is no other part.
 */
export async function forEachPart(
  parts: readonly Part[],
  read: (part: Part, isAll: boolean) => Promise<void>,
): Promise<void> {
  const queue = [...parts];
  let isAll = queue.length === 1;
  for (let part = queue.shift(); part !== undefined; part = queue.shift()) {
    try {
      await read(part, isAll);
    } catch (error) {
      const halves = isOutOfMemory(error) ? halvesOf(part) : undefined;
      if (halves === undefined) throw error;
      queue.unshift(...halves);
      isAll = false;
    }
  }
}

/** Undefined for a single trace. */
function halvesOf({ from, to }: Part): readonly Part[] | undefined {
  const middle = from + Math.floor((to - from) / 2);
  return middle === from
    ? undefined
    : [
        { from, to: middle },
        { from: middle, to },
      ];
}

/**
 * Parts whose longest columns have at most about `entries` entries. Row groups are cut as if their traces were of one size; what lies in
 * several parts is decoded for each of them, so small ones are not cut.
 */
export function partsOf({ rowGroups }: Footer, entries: number): readonly Part[] {
  const parts: Part[] = [];
  let open: { readonly from: number; entries: number } | undefined;
  let from = 0;
  const close = (): void => {
    if (open !== undefined) parts.push({ from: open.from, to: from });
    open = undefined;
  };
  for (const { rows, chunks } of rowGroups) {
    const most = chunks.reduce((greatest, chunk) => Math.max(greatest, chunk.entries), 0);
    if (open !== undefined && open.entries + most > entries) close();
    const pieces = Math.min(rows, Math.ceil(most / entries));
    if (pieces <= 1) {
      open ??= { from, entries: 0 };
      open.entries += most;
      from += rows;
      continue;
    }
    const end = from + rows;
    for (let n = 1; n <= pieces; n++) {
      const to = n === pieces ? end : end - rows + Math.floor((n * rows) / pieces);
      parts.push({ from, to });
      from = to;
    }
  }
  close();
  return parts.length === 0 ? [{ from: 0, to: from }] : parts;
}

const ROLES = ['traces', 'spans', 'events', 'links'] as const;

/** Files for `part`, next to those that all parts become. */
export function pathsOfPart(paths: FlatPaths, part: number): FlatPaths {
  const named = ROLES.flatMap((role) => {
    const path = paths[role];
    return path === undefined ? [] : [[role, `${path}.part-${part}`] as const];
  });
  return { ...paths, ...Object.fromEntries(named) };
}

/** Writes the files of the parts one after the other into those of the block. */
export async function joinParts(
  connection: DuckDBConnection,
  parts: readonly FlatPaths[],
  paths: FlatPaths,
  written: readonly (typeof ROLES)[number][],
): Promise<void> {
  for (const role of written) {
    const files = parts.map((part) => text(part[role] ?? ''));
    await connection.run(
      `COPY (SELECT * FROM read_parquet([${files.join(', ')}], union_by_name = true)) TO ${text(paths[role] ?? '')} (FORMAT parquet)`,
    );
  }
}

export async function removeParts(parts: readonly FlatPaths[]): Promise<void> {
  for (const part of parts)
    for (const role of ROLES) {
      const path = part[role];
      if (path !== undefined) await rm(path, { force: true });
    }
}

/**
 * What a database holds goes with it, while what one part leaves behind in it would stay for the others. One thread decodes one row group at a
 * time. What does not fit into `memory` (bytes) lies in files meanwhile, or is an error that says so.
 */
export async function inOwnDatabase<T>(
  { tempDirectory, memory }: { readonly tempDirectory: string; readonly memory: number },
  work: (connection: DuckDBConnection) => Promise<T>,
): Promise<T> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '1',
    enable_external_file_cache: 'false',
    temp_directory: tempDirectory,
    memory_limit: `${Math.floor(memory / 1024)}KiB`,
  });
  try {
    const connection = await instance.connect();
    try {
      return await work(connection);
    } finally {
      connection.closeSync();
    }
  } finally {
    instance.closeSync();
  }
}
