/**
 * Where Tempo's objects lie: a port that a file system fills now and object stores can fill later.
 *
 * Paths are relative to the storage's root, parts joined by `/`, no part empty, `.` or `..`; the root itself is ''.
 */
export interface Storage {
  /** The root in the user's words, for messages. */
  readonly description: string;
  /** The names (not paths) directly under `prefix`, each list sorted. A prefix that does not exist lists as empty. */
  list(prefix: string): Promise<Listing>;
  /** The whole object; one of more than `limit` bytes is a `range` error. */
  read(path: string, limit?: number): Promise<Uint8Array>;
  /** Bytes `start` (inclusive) to `end` (exclusive); an object that ends before `end` is a `range` error. */
  readRange(path: string, start: number, end: number): Promise<Uint8Array>;
  /** Several ranges of one object, where that costs less than asking for each. */
  readRanges?(path: string, ranges: readonly ByteRange[]): Promise<readonly Uint8Array[]>;
  /** Bytes. */
  size(path: string): Promise<number>;
  /** A path that DuckDB can open itself; only storage on this machine's file system has one. */
  localPath?(path: string): string;
}

/** Bytes of an object; `end` is exclusive. */
export interface ByteRange {
  readonly start: number;
  readonly end: number;
}

export interface Listing {
  readonly directories: readonly string[];
  readonly files: readonly string[];
}

/**
 * - `not-found`: no such object
 * - `outside`: the path, or a link on it, leads out of the root
 * - `range`: the object is shorter than what was asked for, or longer than what was allowed
 * - `io`: anything else (permissions, a broken disk, the network); `cause` has it
 */
export type StorageErrorKind = 'not-found' | 'outside' | 'range' | 'io';

/** What every method of `Storage` rejects with. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  constructor(
    readonly kind: StorageErrorKind,
    readonly path: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export function isNotFound(error: unknown): boolean {
  return error instanceof StorageError && error.kind === 'not-found';
}

/** Joins parts that may be '' (the root). */
export function joinPath(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('/');
}

/** Ranges of one object, at once. */
export async function readRanges(
  storage: Storage,
  path: string,
  ranges: readonly ByteRange[],
): Promise<readonly Uint8Array[]> {
  if (storage.readRanges) return await storage.readRanges(path, ranges);
  return await Promise.all(ranges.map(({ start, end }) => storage.readRange(path, start, end)));
}
