/**
 * Where Tempo's objects lie: a port that a file system fills (`storage-local.ts`), and object stores do (`buckets/`).
 *
 * Paths are relative to the storage's root, parts joined by `/`, no part empty, `.` or `..`; the root itself is ''.
 */
export interface Storage {
  /** The root in the user's words, for messages. */
  readonly description: string;
  /** The names (not paths) directly under `prefix`, each list sorted. A prefix that does not exist lists as empty. */
  list(prefix: string, options?: ListOptions): Promise<Listing>;
  /**
   * Calls `visit` with the path, relative to `prefix`, of every object at any depth that is under the id of a block. Where looking at each
   * block costs less than listing all of their objects there is no such method.
   */
  walk?(prefix: string, visit: (path: string) => void, signal?: AbortSignal): Promise<void>;
  /** The whole object; one of more than `limit` bytes is a `range` error. */
  read(path: string, limit?: number, signal?: AbortSignal): Promise<Uint8Array>;
  /** The same, unless the object still has the tag that an earlier call gave. */
  readIfChanged?(path: string, options: ReadIfChanged): Promise<TaggedBytes | 'unchanged'>;
  /** Bytes `start` (inclusive) to `end` (exclusive); an object that ends before `end` is a `range` error. */
  readRange(path: string, start: number, end: number, signal?: AbortSignal): Promise<Uint8Array>;
  /** Several ranges of one object, where that costs less than asking for each. */
  readRanges?(path: string, ranges: readonly ByteRange[]): Promise<readonly Uint8Array[]>;
  /** The parts of an object that are needed for one trace are asked for at once where they all lie within so many bytes; 0 without it. */
  readonly joinWithin?: number;
  /** Bytes. */
  size(path: string): Promise<number>;
  /** A path that DuckDB can open itself; only storage on this machine's file system has one. */
  localPath?(path: string): string;
  /** Small objects that several processes write. Blocks are never written. */
  readonly versions?: VersionedObjects;
  /** Requests to a store over the network until now, and bytes read. */
  readonly traffic?: Traffic;
  /** With which credentials, in words; never a secret. Known once something was asked. */
  readonly identity?: string | undefined;
  /** Ends connections. */
  close?(): void;
}

export interface ListOptions {
  /** So many names are enough; there may be more in the answer, or in the store. */
  readonly atMost?: number;
  readonly signal?: AbortSignal;
}

export interface ReadIfChanged {
  readonly tag?: string | undefined;
  readonly limit?: number;
  readonly signal?: AbortSignal;
}

export interface TaggedBytes {
  readonly bytes: Uint8Array;
  /** Changes when the object does. */
  readonly tag?: string;
}

/** Objects of which each write replaces just the version that its writer has read: of several writers at once, one succeeds. */
export interface VersionedObjects {
  /** Undefined where there is no such object. */
  read(path: string, limit: number, signal?: AbortSignal): Promise<VersionedBytes | undefined>;
  /**
   * Writes the object if it still has this version, or, without one, if there is none. Returns the new version; `changed` where another
   * was there, and where a request had been made before whose answer was lost: reading the object shows which it was.
   */
  write(
    path: string,
    bytes: Uint8Array,
    version: string | undefined,
    signal?: AbortSignal,
  ): Promise<VersionResult>;
}

export interface VersionedBytes {
  readonly bytes: Uint8Array;
  /** Another one for every content. */
  readonly version: string;
}

export type VersionResult = { readonly version: string } | 'changed';

export interface Traffic {
  /** Requests for a page of names. */
  readonly lists: number;
  /** Requests for an object, a part of one, or its size. */
  readonly gets: number;
  /** Of bodies that were read. */
  readonly bytes: number;
  /** How many of the requests were made because one before had failed. */
  readonly retried: number;
  /** How many were made because one before took long. */
  readonly hedged: number;
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
 * - `no-bucket`: there is no such bucket
 * - `denied`: the credentials may not read it
 * - `credentials`: there are none
 * - `busy`: the store or the network failed, also when tried again
 * - `no-client`: what asks such a store is not installed
 * - `io`: anything else (permissions, a broken disk); `cause` has it
 */
export type StorageErrorKind =
  | 'not-found'
  | 'outside'
  | 'range'
  | 'no-bucket'
  | 'denied'
  | 'credentials'
  | 'busy'
  | 'no-client'
  | 'io';

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
